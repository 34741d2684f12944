/// A network as named layers over named variables: back-propagation as it is drawn on paper, every number of it open to look at.
///
/// ```swift
/// var net = LayerGraph()
/// net["w1"] = 1
/// net["x1"] = 13
/// net.layer("f", inputs: ["w1", "x1"]) { $0[0] * $0[1] }
/// try net.forward()
/// net["f"]                                               // 13
/// net.localGradient(of: "f", withRespectTo: "w1")        // 13, the derivative of this one layer
/// try net.backward(from: "f")
/// net.gradients["w1"]                                    // 13, the product along the path, summed over paths
/// net.update(["w1"], lr: 1e-3)
/// ```
/// `backward(from:)` visits each layer once, consumers before producers, so that what arrives at a layer is complete when it is passed on.
/// A mistake in building (a name used twice, an unknown one) is kept and thrown by the next `forward()` or `backward(from:)`.
public struct LayerGraph {
  /// How a layer's local derivatives are found.
  public enum LocalGradients: Sendable, Hashable {
    /// Forward differences (g(x + step) - g(x)) / step, as the classic tutorials do. Each has a rounding error of about
    /// 1e-16 |g| / step, and the chain rule multiplies them.
    case numeric(step: Double)
    /// By the engine: exact to the last bits.
    case automatic
  }

  /// What a layer computes, from its inputs in the order in which they are named.
  public typealias Function = ([LayerValue]) -> LayerValue

  struct Layer {
    let name: String
    let inputs: [String]
    let function: Function
  }

  /// How local derivatives are found.
  public var localGradients: LocalGradients
  /// The gradients of the last `backward(from:)`, by the names of variables and layers; those it did not reach are absent.
  public internal(set) var gradients: [String: Double] = [:]
  /// How often the last `backward(from:)` visited each layer: once, or not at all.
  public internal(set) var visits: [String: Int] = [:]
  /// The order in which the last `backward(from:)` visited the layers.
  public internal(set) var visitOrder: [String] = []

  var layers: [Layer] = []
  var position: [String: Int] = [:]
  var variables: [String: Double] = [:]
  var values: [String: Double] = [:]
  var problem: LayerGraphError?
  /// The layers in an order in which each comes after those it reads; nil until it is needed.
  var order: [Int]?

  /// A network without layers.
  public init(gradients localGradients: LocalGradients = .numeric(step: 1e-10)) { self.localGradients = localGradients }

  /// The names of the variables, sorted.
  public var variableNames: [String] { variables.keys.sorted() }
  /// The names of the layers, in the order in which they were added.
  public var layerNames: [String] { layers.map(\.name) }

  /// The names that a layer reads, in its order; nil for what is no layer.
  public func inputs(of layer: String) -> [String]? { position[layer].map { layers[$0].inputs } }

  /// The value of a variable, or of a layer after `forward()`; nil where there is none. Only variables can be set.
  public subscript(name: String) -> Double? {
    get { variables[name] ?? values[name] }
    set {
      guard position[name] == nil else { return note(.nameInUse(name)) }
      variables[name] = newValue
      values = [:]
      if newValue == nil { order = nil }
    }
  }

  /// Adds a layer.
  ///
  /// - Parameters:
  ///   - name: its name, and that of its value.
  ///   - inputs: the names of the variables and layers it reads; these may be added later.
  ///   - function: what it computes.
  public mutating func layer(_ name: String, inputs: [String], _ function: @escaping Function) {
    guard position[name] == nil else { return note(.duplicateLayer(name)) }
    guard variables[name] == nil else { return note(.nameInUse(name)) }
    position[name] = layers.count
    layers.append(Layer(name: name, inputs: inputs, function: function))
    order = nil
    values = [:]
  }

  /// Moves variables against their gradients: x -= lr * dx.
  ///
  /// A name without a gradient is a mistake that the next `forward()` throws; then none is moved.
  public mutating func update(_ names: [String], lr: Double) {
    for name in names {
      guard variables[name] != nil else { return note(position[name] == nil ? unknown(name) : .nameInUse(name)) }
      guard gradients[name] != nil else { return note(.noGradient(variable: name)) }
    }
    for name in names { variables[name]? -= lr * (gradients[name] ?? 0) }
    values = [:]
  }

  /// Keeps the first mistake.
  mutating func note(_ error: LayerGraphError) { problem = problem ?? error }

  func unknown(_ name: String) -> LayerGraphError { .unknownName(name, known: variableNames + layerNames) }
}
