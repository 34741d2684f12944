/// Every operation the library knows: what the gradient suite, the documentation and the command line go through.
///
/// One line a family; within it each operation lists itself.
package enum Catalog {
  package static let families: [(name: String, operations: [OperationInfo])] = [
    ("Arithmetic", Arithmetic.catalog),
    ("Division", Division.catalog),
    ("Power", Power.catalog),
    ("Exponential", Exponential.catalog),
    ("Trigonometric", Trigonometric.catalog),
    ("Hyperbolic", Hyperbolic.catalog),
    ("Special", Special.catalog),
    ("Rounding", Rounding.catalog),
    ("Activation", Activation.catalog),
    ("PiecewiseActivation", PiecewiseActivation.catalog),
    ("Comparison", Comparison.catalog),
    ("Clamping", Clamping.catalog),
    ("Reduction", Reduction.catalog),
    ("Product", Product.catalog),
    ("Variance", VarianceFamily.catalog),
    ("Norm", Norms.catalog),
    ("Ordering", Ordering.catalog),
    ("Softmax", SoftmaxFamily.catalog),
    ("Shaping", Shaping.catalog),
    ("Rearranging", Rearranging.catalog),
    ("Padding", Padding.catalog),
    ("Diagonals", Diagonals.catalog),
    ("Slicing", Slicing.catalog),
    ("Joining", Joining.catalog),
    ("Cutting", Cutting.catalog),
    ("Indexing", IndexedRows.catalog),
    ("Scattering", Scattering.catalog),
    ("Casting", Casting.catalog),
    ("MatrixProduct", MatrixProduct.catalog),
    ("NamedProducts", NamedProducts.catalog),
    ("Convolution", Convolutions.catalog),
    ("Pooling", Pooling.catalog),
    ("ChannelNormalization", ChannelNormalization.catalog),
    ("Attention", Attention.catalog),
    ("Recurrence", Recurrence.catalog),
    ("Interpolation", Interpolation.catalog),
    ("Normalization", Normalization.catalog),
    ("Losses", Losses.catalog),
    ("Similarity", Similarity.catalog),
  ]

  package static var all: [OperationInfo] { families.flatMap(\.operations) }
}
