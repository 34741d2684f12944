public import ChainRule

/// The value of an option of an optimizer.
public enum OptionValue: Sendable, Equatable {
  case number(Double)
  case flag(Bool)
  case pair(Double, Double)
}

extension OptionValue: ExpressibleByFloatLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral {
  /// A number.
  public init(floatLiteral value: Double) { self = .number(value) }
  /// A number.
  public init(integerLiteral value: Int) { self = .number(Double(value)) }
  /// A flag.
  public init(booleanLiteral value: Bool) { self = .flag(value) }
}

/// Parameters that are trained with the same options.
///
///     SGD(groups: [ParameterGroup(base, ["lr": 1e-3]), ParameterGroup(head)], lr: 1e-2, momentum: 0.9)
public final class ParameterGroup {
  /// The leaves.
  public let parameters: [Tensor]
  /// The options by PyTorch's names, such as `lr` and `weight_decay`; those not given here are the optimizer's.
  public internal(set) var options: [String: OptionValue]

  /// These parameters, with options of their own.
  public init(_ parameters: [Tensor], _ options: [String: OptionValue] = [:]) {
    self.parameters = parameters
    self.options = options
  }

  /// The learning rate; schedules change it.
  public var lr: Double {
    get { number("lr") }
    set { options["lr"] = .number(newValue) }
  }

  /// The number that an option holds, 0 where it has none; assigning sets it.
  public func number(_ name: String) -> Double {
    if case .number(let value)? = options[name] { value } else { 0 }
  }

  /// Whether an option is true.
  public func flag(_ name: String) -> Bool {
    if case .flag(let value)? = options[name] { value } else { false }
  }

  /// Both numbers of an option such as `betas`.
  public func pair(_ name: String) -> (Double, Double) {
    if case .pair(let a, let b)? = options[name] { (a, b) } else { (0, 0) }
  }

  /// Sets an option that the optimizer has.
  public func set(_ name: String, _ value: OptionValue) { options[name] = value }
}

extension OptionValue: CustomStringConvertible {
  /// As PyTorch prints it.
  public var description: String {
    switch self {
    case .number(let value): Self.text(value)
    case .flag(let value): value ? "True" : "False"
    case .pair(let a, let b): "(\(Self.text(a)), \(Self.text(b)))"
    }
  }

  /// Whole numbers without a point, as defaults are written.
  static func text(_ value: Double) -> String { Int(exactly: value).map(String.init) ?? "\(value)" }
}
