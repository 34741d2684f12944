import ChainRule

/// Finds what a module stores.
///
/// Order and names are PyTorch's: a module's own parameters and buffers come before those of its parts.
enum ModuleTree {
  /// What a stored property holds.
  enum Member {
    case parameter(Tensor)
    case buffer(Buffer)
    case module(any Module)
    /// A Swift collection or aggregate, shown as `kind`.
    case group(kind: String, members: [(name: String, member: Member)])
  }

  /// What the walk over a whole network meets.
  enum Part {
    case module(any Module)
    case parameter(Tensor)
    case buffer(Buffer)
  }

  // MARK: One module

  /// The members of one module, with what its computed parameters are made of in their place.
  static func members(_ module: any Module) -> [(name: String, member: Member)] {
    let computed = HookTable.reparametrized(of: module)
    return computed.isEmpty ? storedMembers(module) : Reparametrized.members(storedMembers(module), computed)
  }

  /// What one module stores, what its superclasses do first.
  private static func storedMembers(_ module: any Module) -> [(name: String, member: Member)] {
    if let listing = module as? any MemberListing { return listing.listedMembers }
    var mirrors: [Mirror] = []
    var mirror: Mirror? = Mirror(reflecting: module)
    while let current = mirror {
      mirrors.append(current)
      mirror = current.superclassMirror
    }
    let names = otherNames(module)
    return mirrors.reversed().flatMap { $0.children }.compactMap { child in
      guard let label = child.label, let member = member(of: child.value) else { return nil }
      return (memberName(label, member, names), member)
    }
  }

  /// The names in the state by property, where they are others.
  private static func otherNames(_ module: any Module) -> [String: String] { (module as? any RenamedMembers)?.memberNames ?? [:] }

  /// The name in the state of what is stored under `label`.
  private static func memberName(_ label: String, _ member: Member, _ names: [String: String]) -> String {
    if case .buffer(let buffer) = member, let name = buffer.name { return name }
    let name = propertyName(label)
    return names[name] ?? name
  }

  /// The modules directly inside one, through collections.
  static func children(_ module: any Module) -> [(name: String, module: any Module)] {
    func collect(_ name: String, _ member: Member) -> [(name: String, module: any Module)] {
      switch member {
      case .module(let module): [(name, module)]
      case .group(_, let members): members.flatMap { collect("\(name).\($0.name)", $0.member) }
      case .parameter, .buffer: []
      }
    }
    return members(module).flatMap { collect($0.name, $0.member) }
  }

  /// A lazy property and a wrapped one are stored under another name than they are written.
  private static func propertyName(_ label: String) -> String {
    let lazyPrefix = "$__lazy_storage_$_"
    if label.hasPrefix(lazyPrefix) { return String(label.dropFirst(lazyPrefix.count)) }
    return label.hasPrefix("_") ? String(label.dropFirst()) : label
  }

  private static func member(of value: Any) -> Member? {
    if let tensor = value as? Tensor { return tensor.isLeafCell ? .parameter(tensor) : nil }
    if let buffer = value as? Buffer { return .buffer(buffer) }
    if let module = value as? any Module, type(of: value) is AnyClass { return .module(module) }
    let mirror = Mirror(reflecting: value)
    switch mirror.displayStyle {
    case .optional:
      return mirror.children.first.flatMap { member(of: $0.value) }
    case .collection:
      // An array of plain numbers may be a data set: its first element says that nothing is to be found.
      guard let first = mirror.children.first, !isPlain(first.value) else { return nil }
      return group("ModuleList", mirror.children.enumerated().map { ("\($0)", $1.value) })
    case .dictionary:
      let pairs = mirror.children.compactMap { child -> (String, Any)? in
        let pair = Array(Mirror(reflecting: child.value).children)
        guard pair.count == 2, let key = pair[0].value as? String else { return nil }
        return (key, pair[1].value)
      }
      return group("ModuleDict", pairs.sorted { $0.0 < $1.0 })
    case .tuple, .struct:
      return group(
        "\(type(of: value))",
        mirror.children.map { child in
          let label = child.label ?? ""
          return (label.hasPrefix(".") ? String(label.dropFirst()) : propertyName(label), child.value)
        })
    default:
      return nil
    }
  }

  private static func isPlain(_ value: Any) -> Bool {
    value is Double || value is Float || value is Int || value is UInt8 || value is String || value is Bool
  }

  private static func group(_ kind: String, _ values: [(String, Any)]) -> Member? {
    let members = values.compactMap { name, value in member(of: value).map { (name: name, member: $0) } }
    return members.isEmpty ? nil : .group(kind: kind, members: members)
  }

  // MARK: The whole network

  /// Everything inside `root`, in order; a module that is stored twice is met twice.
  static func entries(_ root: any Module) -> [(name: String, part: Part)] {
    var result: [(name: String, part: Part)] = []
    var path: Set<ObjectIdentifier> = []

    func visit(_ module: any Module, _ name: String) {
      // A reference back to a module that holds this one is no part of it.
      guard path.insert(ObjectIdentifier(module)).inserted else { return }
      defer { path.remove(ObjectIdentifier(module)) }
      result.append((name, .module(module)))
      let prefix = name.isEmpty ? "" : name + "."
      let members = members(module)
      parameters(members, prefix)
      buffers(members, prefix)
      nested(members, prefix)
    }
    func parameters(_ members: [(name: String, member: Member)], _ prefix: String) {
      for (name, member) in members {
        if case .parameter(let tensor) = member { result.append((prefix + name, .parameter(tensor))) }
        if case .group(_, let inner) = member { parameters(inner, "\(prefix)\(name).") }
      }
    }
    func buffers(_ members: [(name: String, member: Member)], _ prefix: String) {
      for (name, member) in members {
        if case .buffer(let buffer) = member { result.append((prefix + name, .buffer(buffer))) }
        if case .group(_, let inner) = member { buffers(inner, "\(prefix)\(name).") }
      }
    }
    func nested(_ members: [(name: String, member: Member)], _ prefix: String) {
      for (name, member) in members {
        if case .module(let module) = member { visit(module, prefix + name) }
        if case .group(_, let inner) = member { nested(inner, "\(prefix)\(name).") }
      }
    }
    visit(root, "")
    return result
  }

  /// A parameter or persistent buffer of a state.
  struct StateEntry {
    let name: String
    let tensor: Tensor
    /// Whether a state without it is refused.
    let isRequired: Bool
    /// What it is, for a sentence.
    let kind: String
  }

  /// The parameters and persistent buffers with all their names.
  static func stateEntries(_ root: any Module) -> [StateEntry] {
    entries(root).compactMap { name, part in
      switch part {
      case .parameter(let tensor): StateEntry(name: name, tensor: tensor, isRequired: true, kind: "a parameter")
      case .buffer(let buffer):
        buffer.isPersistent ? StateEntry(name: name, tensor: buffer.tensor, isRequired: buffer.isRequired, kind: "a buffer") : nil
      case .module: nil
      }
    }
  }

  /// The error of two tensors that have one name in the state, of which a file could keep only one; nil where all names differ.
  static func clash(_ entries: [StateEntry], _ root: any Module) -> TensorError? {
    var seen: [String: StateEntry] = [:]
    for entry in entries {
      guard let other = seen.updateValue(entry, forKey: entry.name) else { continue }
      if other.tensor.leafIdentity == entry.tensor.leafIdentity { continue }
      let stored = storedNames(entry.name, root).map { "\"\($0)\"" }.joined(separator: " and ")
      return TensorError(
        .argument,
        "two tensors have the name \"\(entry.name)\" in the state: \(other.kind) of shape \(other.tensor.shape) and \(entry.kind) of "
          + "shape \(entry.tensor.shape), stored as \(stored)",
        hint: "Give one of them another name; a leading underscore is no part of the name in the state.",
        operation: "\(type(of: root)).stateDict")
    }
    return nil
  }

  /// The properties, as they are declared, under which the state's `name` is stored.
  private static func storedNames(_ name: String, _ root: any Module) -> [String] {
    var result: [String] = []
    for (path, part) in entries(root) {
      guard case .module(let module) = part, name.hasPrefix(path) else { continue }
      var mirror: Mirror? = Mirror(reflecting: module)
      while let current = mirror {
        for child in current.children {
          guard let label = child.label, let member = member(of: child.value) else { continue }
          let own = memberName(label, member, otherNames(module))
          let full = path.isEmpty ? own : "\(path).\(own)"
          let isPart = if case .module = member { false } else { name.hasPrefix(full + ".") }
          if full == name || isPart { result.append("\(type(of: module)).\(label)") }
        }
        mirror = current.superclassMirror
      }
    }
    return result
  }
}

/// A module that lists what it stores itself: under other names than its properties', or because reflection takes long.
protocol MemberListing: Module {
  var listedMembers: [(name: String, member: ModuleTree.Member)] { get }
}

/// A module whose parts have other names than its properties.
protocol ModuleContainer: MemberListing {
  var parts: [(name: String, module: any Module)] { get }
}

extension ModuleContainer {
  var listedMembers: [(name: String, member: ModuleTree.Member)] { parts.map { ($0.name, .module($0.module)) } }
}

/// A module that stores parameters and buffers only.
protocol ParameterContainer: MemberListing {
  var namedLeaves: [(name: String, tensor: Tensor)] { get }
}

extension ParameterContainer {
  var listedMembers: [(name: String, member: ModuleTree.Member)] { namedLeaves.map { ($0.name, .parameter($0.tensor)) } }
}

/// A module that stores nothing but options.
protocol OptionsOnly: MemberListing {}

extension OptionsOnly {
  var listedMembers: [(name: String, member: ModuleTree.Member)] { [] }
}

/// A module some of whose parameters and parts have other names in a state than its properties.
protocol RenamedMembers: Module {
  /// Names in the state by property.
  var memberNames: [String: String] { get }
}

/// A module that is printed under another name than its class's.
protocol RenamedClass: Module {
  var printedName: String { get }
}
