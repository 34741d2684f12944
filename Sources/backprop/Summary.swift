import ArgumentParser
import ChainRule
import ChainRuleNN

/// Prints what a network consists of and what a call of it takes.
struct Summary: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Show a network's layers with their shapes, parameters, multiply-adds and memory.",
    discussion:
      "The network is resnet18, resnet34, resnet50, resnet101, resnet152, gpt2, or a model.safetensors that backprop train has left.")

  @Argument(help: "A network's name, or the file of one.")
  var model: String

  @Option(parsing: .upToNextOption, help: "The sizes of the input, the batch first; the network's usual ones without it.")
  var input: [Int] = []

  @Option(parsing: .unconditional, help: "How many classes a residual network tells apart.")
  var classes = 1000

  func validate() throws {
    if let size = input.first(where: { $0 < 1 }) { throw ValidationError("--input \(size): 1 or more") }
    if classes < 1 || classes > 1 << 20 { throw ValidationError("--classes \(classes): 1 to \(1 << 20)") }
  }

  func run() throws {
    let (network, sizes, dtype) = try network()
    print(try catching { network.summary(input.isEmpty ? sizes : input, dtype: dtype).description })
  }

  private func network() throws -> (network: any Layer, sizes: [Int], dtype: DType) {
    let image = [1, 3, 224, 224]
    switch model {
    case "resnet18": return (ResNet.resNet18(classes: classes), image, .float32)
    case "resnet34": return (ResNet.resNet34(classes: classes), image, .float32)
    case "resnet50": return (ResNet.resNet50(classes: classes), image, .float32)
    case "resnet101": return (ResNet.resNet101(classes: classes), image, .float32)
    case "resnet152": return (ResNet.resNet152(classes: classes), image, .float32)
    case "gpt2": return (GPT.gpt2(), [1, 1024], .int64)
    default:
      let (form, network) = try ModelForm.load(model)
      let isText = if case .tokens = form.outputs { true } else { false }
      return (network, [1] + form.inputs, isText ? .int64 : .float32)
    }
  }
}
