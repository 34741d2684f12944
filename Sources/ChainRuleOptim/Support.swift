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
