import ChainRule
import ChainRuleData
import ChainRuleNN

/// What a model file says of its network, so that it can be built again: a perceptron from inputs to classes.
struct ModelForm {
  /// The sizes of one sample; more than one are made one by the network's first layer.
  let inputs: [Int]
  let hidden: [Int]
  let classNames: [String]

  func network() -> Sequential {
    var layers: [any Layer] = inputs.count > 1 ? [Flatten()] : []
    var width = inputs.reduce(1, *)
    for next in hidden {
      layers.append(ChainRuleNN.Linear(width, next))
      layers.append(ReLU())
      width = next
    }
    layers.append(ChainRuleNN.Linear(width, classNames.count))
    return Sequential(layers)
  }

  var metadata: [String: String] {
    var metadata = [
      "format": "pt", "model.inputs": Self.text(inputs), "model.hidden": Self.text(hidden), "model.classes": "\(classNames.count)",
    ]
    for (i, name) in classNames.enumerated() { metadata["model.class.\(i)"] = name }
    return metadata
  }

  init(inputs: [Int], hidden: [Int], classNames: [String]) {
    self.inputs = inputs
    self.hidden = hidden
    self.classNames = classNames
  }

  /// The network that the file `path` holds, with its weights.
  static func load(_ path: String) throws -> (form: ModelForm, network: Sequential) {
    let file = try SafetensorsContents(path)
    let form = try ModelForm(file, path)
    // Sizes from a file could ask for any amount of memory, so they are compared with the tensors in it first.
    var width = form.inputs.reduce(1, { $0.multipliedReportingOverflow(by: $1).partialValue })
    var index = form.inputs.count > 1 ? 1 : 0
    for next in form.hidden + [form.classNames.count] {
      let key = "\(index).weight"
      guard let weight = file.tensors[key] else { throw FormatError(file: path, place: .key(key), "is missing") }
      guard weight.shape == [next, width] else {
        throw FormatError(file: path, place: .key(key), "has shape \(weight.shape), expected \([next, width])")
      }
      width = next
      index += 2
    }
    let network = form.network()
    do {
      try network.load(file.tensors)
    } catch {
      throw FormatError(file: path, error.description.split(whereSeparator: \.isNewline).joined(separator: " "))
    }
    if let bad = network.stateDict().firstNonFinite {
      throw FormatError(file: path, place: .key(bad.name), "holds \(nonFiniteText(bad.value)): the model predicts nothing")
    }
    return (form, network)
  }

  private static func text(_ sizes: [Int]) -> String { sizes.map(String.init).joined(separator: ",") }

  private init(_ file: SafetensorsContents, _ path: String) throws(FormatError) {
    func sizes(_ key: String, canBeEmpty: Bool) throws(FormatError) -> [Int] {
      let parts = (file.metadata[key] ?? "").split(separator: ",")
      let sizes = parts.compactMap { Int($0) }
      guard file.metadata[key] != nil, sizes.count == parts.count, canBeEmpty || !sizes.isEmpty,
        sizes.allSatisfy({ $0 > 0 && $0 <= Widths.limit }), sizes.count < 1000
      else { throw FormatError(file: path, place: .key(key), "is missing or no list of sizes: not a model that backprop train wrote") }
      return sizes
    }
    inputs = try sizes("model.inputs", canBeEmpty: false)
    hidden = try sizes("model.hidden", canBeEmpty: true)
    let count = try sizes("model.classes", canBeEmpty: false)[0]
    classNames = (0..<count).map { i in file.metadata["model.class.\(i)"] ?? "\(i)" }
  }
}
