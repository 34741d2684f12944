/// What must hold of a leaf for a plan to run, and where its value goes; as a run reads it, without counting who holds what.
struct LeafCheck {
  private let leaf: Unmanaged<LeafNode>
  private let cell: Unmanaged<TensorBox>?
  /// Shape, strides and type of the value.
  private let layout: Unmanaged<TensorBox>?
  private let isTracked: Bool
  private let hasGradient: Bool?
  /// The place of the value, which is read where it is checked; nil for none.
  let slot: Slot?

  /// The checks that conditions ask for; they hold only as long as the conditions and `slots` do.
  ///
  /// - Parameter slots: where the values of leaves go that are read at the start.
  static func made(of conditions: [PlanCondition], _ slots: [ObjectIdentifier: Slot]) -> [LeafCheck] {
    struct Draft {
      let leaf: LeafNode
      var cell: TensorBox?
      var layout: TensorBox?
      var isTracked = false
      var hasGradient: Bool?
    }
    var drafts: [Draft] = [], numbers: [ObjectIdentifier: Int] = [:]
    func number(_ leaf: LeafNode) -> Int {
      if let known = numbers[ObjectIdentifier(leaf)] { return known }
      drafts.append(Draft(leaf: leaf))
      numbers[ObjectIdentifier(leaf)] = drafts.count - 1
      return drafts.count - 1
    }
    for condition in conditions {
      switch condition {
      case .leaf(let leaf, let layout): drafts[number(leaf)].layout = layout
      case .tracking(let cell, let isTracked):
        guard let leaf = cell.leaf else { continue }
        drafts[number(leaf)].cell = cell.box
        drafts[number(leaf)].isTracked = isTracked
      case .gradient(let leaf, let isThere): drafts[number(leaf)].hasGradient = isThere
      case .other: continue
      }
    }
    return drafts.map { draft in
      LeafCheck(
        leaf: .passUnretained(draft.leaf), cell: draft.cell.map(Unmanaged.passUnretained),
        layout: draft.layout.map(Unmanaged.passUnretained), isTracked: draft.isTracked, hasGradient: draft.hasGradient,
        slot: slots[ObjectIdentifier(draft.leaf)])
    }
  }

  /// Whether the leaf is as it was.
  ///
  /// - Parameter places: where its value then is; nil: nowhere.
  @inline(__always)
  func holds(_ places: Places?) -> Bool {
    leaf._withUnsafeGuaranteedRef { leaf in
      if let hasGradient, leaf.hasGradient != hasGradient { return false }
      if let cell, cell._withUnsafeGuaranteedRef({ $0.flags.contains(.tracked) }) != isTracked { return false }
      guard let layout else { return true }
      let value = leaf.current
      guard layout._withUnsafeGuaranteedRef({ $0.hasLayout(of: value) }) else { return false }
      if let places, let slot { places[slot] = value }
      return true
    }
  }
}
