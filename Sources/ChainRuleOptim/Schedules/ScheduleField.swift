/// One value that a schedule keeps in its state, under PyTorch's name.
struct ScheduleField {
  let name: String
  let value: (AnyObject) -> OptionValue?
  /// Sets the value; false where it is of another kind.
  let set: (AnyObject, OptionValue) -> Bool

  private init<S: AnyObject, T>(
    _ name: String, _ path: ReferenceWritableKeyPath<S, T>, _ write: @escaping (T) -> OptionValue, _ read: @escaping (OptionValue) -> T?
  ) {
    self.name = name
    value = { ($0 as? S).map { write($0[keyPath: path]) } }
    set = { object, value in
      guard let schedule = object as? S, let new = read(value) else { return false }
      schedule[keyPath: path] = new
      return true
    }
  }

  static func number<S: AnyObject>(_ name: String, _ path: ReferenceWritableKeyPath<S, Double>) -> ScheduleField {
    ScheduleField(name, path, OptionValue.number, \.number)
  }

  static func integer<S: AnyObject>(_ name: String, _ path: ReferenceWritableKeyPath<S, Int>) -> ScheduleField {
    ScheduleField(name, path, { .number(Double($0)) }, { $0.number.flatMap { Int(exactly: $0) } })
  }

  /// A number of epochs above 0.
  static func period<S: AnyObject>(_ name: String, _ path: ReferenceWritableKeyPath<S, Int>) -> ScheduleField {
    ScheduleField(name, path, { .number(Double($0)) }) { $0.number.flatMap { Int(exactly: $0) }.flatMap { $0 > 0 ? $0 : nil } }
  }

  static func flag<S: AnyObject>(_ name: String, _ path: ReferenceWritableKeyPath<S, Bool>) -> ScheduleField {
    ScheduleField(name, path, OptionValue.flag) { if case .flag(let value) = $0 { value } else { nil } }
  }

  static func numbers<S: AnyObject>(_ name: String, _ path: ReferenceWritableKeyPath<S, [Double]>) -> ScheduleField {
    ScheduleField(name, path, { .list($0.map(OptionValue.number)) }) { value in
      value.values.flatMap { values in
        let numbers = values.compactMap(\.number)
        return numbers.count == values.count ? numbers : nil
      }
    }
  }

  static func word<S: AnyObject, T: RawRepresentable<String>>(_ name: String, _ path: ReferenceWritableKeyPath<S, T>) -> ScheduleField {
    ScheduleField(name, path, { .word($0.rawValue) }) { if case .word(let text) = $0 { T(rawValue: text) } else { nil } }
  }

  /// A value that is written in a way of its own.
  static func other<S: AnyObject>(
    _ name: String, _ write: @escaping (S) -> OptionValue, _ read: @escaping (S, OptionValue) -> Bool
  ) -> ScheduleField {
    ScheduleField(name: name, value: { ($0 as? S).map(write) }) { object, value in (object as? S).map { read($0, value) } ?? false }
  }

  /// What PyTorch's state has and a state here does without: written so that PyTorch can load it.
  static func constant(_ name: String, _ value: OptionValue) -> ScheduleField {
    ScheduleField(name: name, value: { _ in value }) { _, _ in true }
  }

  private init(name: String, value: @escaping (AnyObject) -> OptionValue?, set: @escaping (AnyObject, OptionValue) -> Bool) {
    self.name = name
    self.value = value
    self.set = set
  }
}

extension [ScheduleField] {
  func values(of schedule: AnyObject) -> [String: OptionValue] {
    var result: [String: OptionValue] = [:]
    for field in self { result[field.name] = field.value(schedule) }
    return result
  }

  /// Sets what the state has of these values; where one does not fit, the schedule is left as it was.
  func load(_ state: [String: OptionValue], into schedule: AnyObject, _ name: String) throws(OptimizerStateError) {
    // PyTorch keeps values for its own use under names with an underscore.
    if let unknown = state.keys.sorted().first(where: { key in !key.hasPrefix("_") && !contains { $0.name == key } }) {
      throw OptimizerStateError("\"\(unknown)\" is no state of \(name)")
    }
    let before = values(of: schedule)
    for field in self {
      guard let value = state[field.name] else { continue }
      if field.set(schedule, value) { continue }
      for field in self { if let old = before[field.name] { _ = field.set(schedule, old) } }
      throw OptimizerStateError("\(field.name) of \(name) cannot be \(value)")
    }
  }
}
