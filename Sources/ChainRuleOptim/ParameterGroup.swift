public import ChainRule

/// Parameters that are trained with the same options.
///
///     SGD(groups: [ParameterGroup(base, ["lr": 1e-3]), ParameterGroup(head)], lr: 1e-2, momentum: 0.9)
public final class ParameterGroup {
  /// The leaves.
  public let parameters: [Tensor]
  /// The options by PyTorch's names, such as `lr` and `weight_decay`; those not given here are the optimizer's.
  public internal(set) var options: [String: OptionValue]
  /// The optimizer, which knows the ranges of the options.
  weak var optimizer: Optimizer?
  /// Whether an optimizer has given the group all its options.
  var isComplete = false

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

  /// The number that an option holds; a name that the group does not have is refused.
  public func number(_ name: String) -> Double {
    switch options[name] {
    case .number(let value): value
    case let value: refused(name, value, "a number", 0)
    }
  }

  /// Whether an option is true; a name that the group does not have is refused.
  public func flag(_ name: String) -> Bool {
    switch options[name] {
    case .flag(let value): value
    // A saved state holds flags as 0 and 1.
    case .number(let value): value != 0
    case let value: refused(name, value, "true or false", false)
    }
  }

  /// Both numbers of an option such as `betas`; a name that the group does not have is refused.
  public func pair(_ name: String) -> (Double, Double) {
    switch options[name] {
    case .pair(let a, let b): (a, b)
    case let value: refused(name, value, "a pair of numbers", (0, 0))
    }
  }

  /// The word that an option holds, nil for None; a name that the group does not have is refused.
  public func word(_ name: String) -> String? {
    switch options[name] {
    case .word(let text): text
    case .null: nil
    case let value: refused(name, value, "a word", nil)
    }
  }

  /// Sets an option that the optimizer has; another name, another kind of value and a value outside its range are refused.
  public func set(_ name: String, _ value: OptionValue) {
    if let optimizer {
      guard optimizer.accepts([name: value], known: options) else { return }
    } else if isComplete, options[name] == nil, !Optimizer.scheduleOptions.contains(name) {
      refuse(name, nil, "")
      return
    }
    options[name] = value
  }

  private func refuse(_ name: String, _ value: OptionValue?, _ wanted: String) {
    let message =
      value.map { "the option \"\(name)\" is \($0.kind), not \(wanted)" } ?? "there is no option \"\(name)\" in the group"
    ChainRule.refuse(
      TensorError(
        .argument, message, hint: "The group has " + options.keys.sorted().joined(separator: ", ") + ".",
        operation: optimizer?.name ?? "ParameterGroup"))
  }

  private func refused<T>(_ name: String, _ value: OptionValue?, _ wanted: String, _ placeholder: T) -> T {
    refuse(name, value, wanted)
    return placeholder
  }
}
