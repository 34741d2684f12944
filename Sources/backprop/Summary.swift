import ArgumentParser
import ChainRule
import ChainRuleNN

/// Prints what a network consists of and what a call of it takes.
struct Summary: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: spoken(
      "Show a network's layers with their shapes, parameters, multiply-adds and memory.", "신경망의 층을 형태, 매개변수, 곱셈-덧셈 수, 메모리와 함께 보여 줍니다."),
    discussion:
      "The network is resnet18, resnet34, resnet50, resnet101, resnet152, gpt2, or a model.safetensors that backprop train has left.")

  @Argument(help: ArgumentHelp("A network's name, or the file of one.", "신경망의 이름이나 파일."))
  var model: String

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp(
      "The sizes of the input, the batch first; the network's usual ones without it.", "입력의 크기, 배치부터. 없으면 그 신경망의 보통 크기입니다."))
  var input: [Int] = []

  @Option(parsing: .unconditional, help: ArgumentHelp("How many classes a residual network tells apart.", "잔차 신경망이 구분할 클래스의 수."))
  var classes = 1000

  @OptionGroup var speech: LanguageOptions

  func validate() throws {
    if let size = input.first(where: { $0 < 1 }) {
      throw ValidationError(spoken("--input \(size): 1 or more", "--input \(size): 1 이상이어야 합니다"))
    }
    if classes < 1 || classes > 1 << 20 {
      throw ValidationError(spoken("--classes \(classes): 1 to \(1 << 20)", "--classes \(classes): 1부터 \(1 << 20)까지 쓸 수 있습니다"))
    }
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
