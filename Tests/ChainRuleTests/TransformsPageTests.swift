import ChainRule
import ChainRuleNN
import TestSupport
import Testing

/// Documentation/Transforms.md: its examples stand here too, and print what it says.
struct TransformsPageTests {
  private static let page = DocumentationPage("Transforms.md")

  /// Each line of the page's code, but for those that print.
  @Test func everyExampleIsRunHere() {
    let (blocks, missing) = Self.page.comparedWithSource(#filePath)
    #expect(blocks == 7)
    #expect(missing.isEmpty, "\(missing)")
  }

  private func says(_ items: Any...) {
    let text = items.map { "\($0)" }.joined(separator: " ")
    #expect(Self.page.text.contains("`\(text)`"), "\(text)")
  }

  private let xs = Tensor([0.0, 1, 2, 3], dtype: .float64), w = Tensor([1.0, 2], dtype: .float64)

  private struct Line: TensorTree {
    var slope: Tensor
    var offset: Tensor
    mutating func visitParts(_ visit: TensorTreeVisitor) {
      visit("slope", &slope)
      visit("offset", &offset)
    }
  }

  @Test func trees() {
    let xs = Tensor([0.0, 1, 2, 3], dtype: .float64)
    let ys = 2 * xs + 1
    var line = Line(slope: Tensor(0.0, dtype: .float64), offset: Tensor(0.0, dtype: .float64))
    let slopes = grad { (p: Line) in (p.slope * xs + p.offset - ys).square().mean() }
    for _ in 0..<300 { line = line.mapTensors(with: slopes(line)) { $0 - 0.1 * $1 } }
    says(line.namedTensors.map { "\($0.path) \(($0.tensor * 1000).round().item() / 1000)" })
  }

  @Test func choices() {
    let w = Tensor([1.0, 2], dtype: .float64)
    let product = { (a: Tensor, b: Tensor) in (a * a * b).sum() }
    says(grad(product, argnums: 1)(w, w))
    let (gradient, prediction) = grad({ (w: Tensor) in ((w * 3).square().sum(), w * 3) }, hasAux: true)(w)
    says(gradient, prediction)
    let error = message { _ = hessian({ $0.sum() }, w, strict: true) }
    says(error!)
  }

  @Test func dualNumbers() {
    let (value, tangent) = dualLevel { unpackDual((makeDual(w, Tensor.ones(like: w)) * 2).square()) }
    says(value, tangent!)
  }

  @Test func ensembles() {
    manualSeed(0)
    let models = (0..<3).map { _ in Linear(2, 1) }
    let (parameters, buffers) = stackModuleState(models)
    let batch = Tensor.randn(5, 2)
    let run = vmap({ (state: NamedTensors, x: Tensor) in functionalCall(models[0], state, x) }, inDims: (0, nil), chunkSize: 2)
    let outputs = run(parameters.merging(buffers), batch)
    says(outputs.shape, outputs[1].allClose(models[1](batch)))
  }

  @Test func loops() {
    let root = { (a: Tensor) in whileLoop({ ($0 * $0 - a).abs() .> 1e-12 }, { 0.5 * ($0 + a / $0) }, a) }
    says(vmap(root)(Tensor([4.0, 9, 100], dtype: .float64)))
    let total = scan({ (s: Tensor, x: Tensor) in (s + x, s + x) }, Tensor(0.0, dtype: .float64), xs)
    says(total.outputs)
  }

  @Test func solutions() {
    let sqrt2 = { (a: Tensor) in fixedPoint({ (z: Tensor, a: Tensor) in z - 0.2 * (z * z - a) }, Tensor.ones(like: a), a) }
    let at = Tensor(2.0, dtype: .float64)
    says(sqrt2(at), grad(sqrt2)(at), grad(grad(sqrt2))(at))
  }
}
