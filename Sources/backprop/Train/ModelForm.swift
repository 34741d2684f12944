import ArgumentParser
import ChainRule
import ChainRuleData
import ChainRuleNN
import Foundation

/// The kinds of networks that jobs train.
enum NetworkKind: String, Codable, CaseIterable, ExpressibleByArgument {
  /// Fully connected layers with rectifiers.
  case mlp
  /// Convolutions of 3x3 with batch normalisation, a pool after each, and the mean of each channel.
  case cnn
  case resnet18
  /// Layers of long short-term memory over the tokens of a text.
  case lstm
  /// A transformer over the tokens of a text.
  case gpt
}

/// What a model file says of its network and its inputs, so that it can be built again and fed with new data.
struct ModelForm: Codable {
  /// What a network's results are.
  enum Outputs: Codable {
    case classes([String])
    /// A number, with the name of the column that has it, standardised.
    case quantity(String, Standardization)
    /// The next one of these characters.
    case tokens(String)

    var count: Int {
      switch self {
      case .classes(let names): names.count
      case .quantity: 1
      case .tokens(let characters): characters.unicodeScalars.count
      }
    }
  }

  /// What becomes of data before the network sees it.
  enum Preparation: Codable {
    /// Images of the MNIST files.
    case digits
    /// Nothing: the job makes its samples itself.
    case none
    /// The rows of a table; the column of the answers, and what stands between the fields.
    case table(TableTransform, label: String, separator: String)
    case images(ImagePreparation)
    case text
  }

  var kind = NetworkKind.mlp
  /// The sizes of one sample; more than one are made one by a perceptron's first layer.
  let inputs: [Int]
  /// The widths of hidden layers; of convolutions their channels; a transformer has as many blocks of the first width.
  let hidden: [Int]
  let outputs: Outputs
  var preparation = Preparation.none

  init(_ kind: NetworkKind = .mlp, inputs: [Int], hidden: [Int], outputs: Outputs, preparation: Preparation = .none) {
    self.kind = kind
    self.inputs = inputs
    self.hidden = hidden
    self.outputs = outputs
    self.preparation = preparation
  }

  /// The names of the classes; none where the results are others.
  var classNames: [String] { if case .classes(let names) = outputs { names } else { [] } }

  /// How many samples at a time are looked at when nothing is learned.
  var evaluationBatch: Int { kind == .mlp ? 1000 : 100 }

  /// How many answers a sample asks for.
  var targetsPerSample: Int { if case .tokens = outputs { inputs[0] } else { 1 } }

  func network() -> any Layer {
    switch kind {
    case .mlp: return perceptron()
    case .cnn:
      var layers: [any Layer] = [], channels = inputs[0]
      for (i, next) in hidden.enumerated() {
        layers += [Conv2d(channels, next, kernel: 3, padding: 1, bias: false), BatchNorm2d(next), ReLU()]
        // The last stage keeps its places: their mean follows.
        if i + 1 < hidden.count { layers.append(MaxPool2d(2)) }
        channels = next
      }
      return Sequential(layers + [AdaptiveAvgPool2d(1), Flatten(), ChainRuleNN.Linear(channels, outputs.count)])
    case .resnet18:
      return ResNet.resNet18(classes: outputs.count, channels: inputs[0], stem: inputs[1] < 64 ? .cifar : .imageNet)
    case .lstm: return RecurrentText(vocabulary: outputs.count, width: hidden[0], layers: hidden.count)
    case .gpt:
      return GPT(
        vocabulary: outputs.count, context: inputs[0], layers: hidden.count, heads: Swift.max(1, hidden[0] / 32), width: hidden[0])
    }
  }

  private func perceptron() -> Sequential {
    var layers: [any Layer] = inputs.count > 1 ? [Flatten()] : []
    var width = inputs.reduce(1, *)
    for next in hidden {
      layers.append(ChainRuleNN.Linear(width, next))
      layers.append(ReLU())
      width = next
    }
    layers.append(ChainRuleNN.Linear(width, outputs.count))
    return Sequential(layers)
  }

  /// The names and shapes that a state of the network has: enough of them to bound its size before it is built.
  private var witnesses: [(name: String, shape: [Int])] {
    let count = outputs.count
    switch kind {
    case .mlp:
      var width = inputs.reduce(1, { $0.multipliedReportingOverflow(by: $1).partialValue }), index = inputs.count > 1 ? 1 : 0
      return (hidden + [count]).map { next in
        defer { (width, index) = (next, index + 2) }
        return ("\(index).weight", [next, width])
      }
    case .cnn:
      var channels = inputs[0], index = 0
      return hidden.map { next in
        defer { (channels, index) = (next, index + 4) }
        return ("\(index).weight", [next, channels, 3, 3])
      } + [("\(index + 1).weight", [count, channels])]
    case .resnet18: return [("fc.weight", [count, 512])]
    case .lstm:
      return [("embedding.weight", [count, hidden[0]])]
        + hidden.indices.map { ("lstm.weight_hh_l\($0)", [4 * hidden[0], hidden[0]]) }
    case .gpt:
      return [("wte.weight", [count, hidden[0]]), ("wpe.weight", [inputs[0], hidden[0]])]
        + hidden.indices.map { ("h.\($0).attn.c_attn.weight", [3 * hidden[0], hidden[0]]) }
    }
  }

  /// Why no network is of this form; nil where one is.
  var problem: String? {
    guard !inputs.isEmpty, inputs.count < 1000, (inputs + hidden).allSatisfy({ $0 > 0 && $0 <= Widths.limit }), hidden.count < 1000,
      outputs.count > 0
    else { return "no sizes of a network" }
    switch preparation {
    case .table(let transform, _, _):
      if inputs != [transform.featureCount] { return "the network takes \(inputs) numbers, the columns give \(transform.featureCount)" }
    case .images(let images):
      if inputs != [3, images.size, images.size] || images.mean.count != 3 || images.std.count != 3 || !images.std.allSatisfy({ $0 > 0 }) {
        return "images of another size than the network takes, or no means and deviations of three channels"
      }
    case .text: guard case .tokens = outputs else { return "a text without characters" }
    case .digits, .none: break
    }
    switch kind {
    case .mlp: return nil
    case .cnn, .resnet18:
      if inputs.count != 3 { return "an image has three sizes" }
      return kind == .cnn && hidden.isEmpty ? "no channels" : nil
    case .lstm, .gpt:
      if inputs.count != 1 { return "a text has one size" }
      guard let width = hidden.first, hidden.allSatisfy({ $0 == width }) else { return "layers of several widths, or none" }
      return kind == .gpt && width >= 32 && width % (width / 32) != 0 ? "a width that the heads do not divide" : nil
    }
  }

  /// The text beside the tensors of the model's file.
  func metadata() throws -> [String: String] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return ["format": "pt", "model.form": String(decoding: try encoder.encode(self), as: UTF8.self)]
  }

  /// The file that a run's folder, or a file's own path, means.
  static func file(_ path: String) -> String {
    var isDirectory: ObjCBool = false
    return FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) && isDirectory.boolValue
      ? path + "/model.safetensors" : path
  }

  /// The network that a run's folder, or its model.safetensors, holds, with its weights.
  static func load(_ path: String) throws -> (form: ModelForm, network: any Layer) {
    let path = Self.file(path), file = try SafetensorsContents(path)
    let form = try ModelForm(file, path)
    // Sizes from a file could ask for any amount of memory, so they are compared with the tensors in it first.
    for (key, shape) in form.witnesses {
      guard let weight = file.tensors[key] else { throw FormatError(file: path, place: .key(key), "is missing") }
      guard weight.shape == shape else {
        throw FormatError(file: path, place: .key(key), "has shape \(weight.shape), expected \(shape)")
      }
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

  private init(_ file: SafetensorsContents, _ path: String) throws(FormatError) {
    if let text = file.metadata["model.form"] {
      let place = FormatError.Place.key("model.form")
      guard let form = try? JSONDecoder().decode(ModelForm.self, from: Data(text.utf8)) else {
        throw FormatError(file: path, place: place, "is no form of a network: not a model that this backprop train wrote")
      }
      if let problem = form.problem { throw FormatError(file: path, place: place, problem) }
      self = form
      return
    }
    // Version 0.1 wrote perceptrons for classes only, in these words.
    func sizes(_ key: String, canBeEmpty: Bool) throws(FormatError) -> [Int] {
      let parts = (file.metadata[key] ?? "").split(separator: ",")
      let sizes = parts.compactMap { Int($0) }
      guard file.metadata[key] != nil, sizes.count == parts.count, canBeEmpty || !sizes.isEmpty,
        sizes.allSatisfy({ $0 > 0 && $0 <= Widths.limit }), sizes.count < 1000
      else { throw FormatError(file: path, place: .key(key), "is missing or no list of sizes: not a model that backprop train wrote") }
      return sizes
    }
    let inputs = try sizes("model.inputs", canBeEmpty: false), hidden = try sizes("model.hidden", canBeEmpty: true)
    let count = try sizes("model.classes", canBeEmpty: false)[0]
    let names = (0..<count).map { i in file.metadata["model.class.\(i)"] ?? "\(i)" }
    self.init(inputs: inputs, hidden: hidden, outputs: .classes(names), preparation: inputs.count == 3 ? .digits : .none)
  }
}

/// A recurrent network that says of each character of a text which comes next.
final class RecurrentText: Layer {
  let embedding: Embedding
  let lstm: LSTM
  let head: ChainRuleNN.Linear

  init(vocabulary: Int, width: Int, layers: Int) {
    embedding = Embedding(vocabulary, width)
    lstm = LSTM(width, width, numLayers: layers, batchFirst: true)
    head = ChainRuleNN.Linear(width, vocabulary)
  }

  /// Returns the scores of each position's next token, [batch, positions, vocabulary], for tokens of [batch, positions].
  func forward(_ x: Tensor) -> Tensor { head(lstm(embedding(x)).output) }
}
