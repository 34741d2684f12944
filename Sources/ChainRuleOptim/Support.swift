import ChainRule

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// x^y by the C library, whose bits PyTorch's numbers have.
func power(_ x: Double, _ y: Double) -> Double { pow(x, y) }

/// cos x by the C library.
func cosine(_ x: Double) -> Double { cos(x) }

/// The point between two tensors at `weight` of the way; above a half reckoned from the far end, where the rounding error is smaller.
func lerp(_ from: Tensor, _ to: Tensor, _ weight: Double) -> Tensor {
  weight < 0.5 ? from + (to - from) * weight : to - (to - from) * (1 - weight)
}
