import CKernels

/// A reference that several threads read and replace: what is read stays alive, whatever another thread puts in its place meanwhile.
///
/// Every reference that one thread may read while another replaces it is kept in one of these (or in a `KeptBoxes`). The word must not be
/// read in any other way: see cr_reference.h, which says what the optimiser makes of a lock around a field of a Swift type.
///
/// The kernels are given the address of the word. Swift passes a stored property of a final class or a struct that has no observers, and
/// whose accesses are not checked at run time (`@exclusivity(unchecked)`), by its own address and not by that of a copy; the language
/// promises that for globals only, so `SharedReferenceTests` and `RaceCheck addresses`, in release, hold the compiler to it.
struct SharedReference<Object: AnyObject>: ~Copyable {
  private var word: UnsafeMutableRawPointer?

  @inline(__always)
  init(_ object: consuming Object? = nil) { word = object.map { Unmanaged.passRetained($0).toOpaque() } }

  @inline(__always)
  deinit { if let word { Unmanaged<Object>.fromOpaque(word).release() } }

  /// Whether there is no object now.
  var isEmpty: Bool { @inline(__always) mutating get { cr_reference_is_empty(&word) } }

  /// The object there is now.
  @inline(__always)
  mutating func read() -> Object? { Self.owned(cr_reference_read(&word)) }

  /// Puts in `new`; what was there before.
  @inline(__always)
  @discardableResult
  mutating func exchange(_ new: consuming Object?) -> Object? {
    Self.owned(cr_reference_exchange(&word, new.map { Unmanaged.passRetained($0).toOpaque() }))
  }

  /// Puts in `new` where `expected` is still there; whether it was.
  mutating func replace(_ expected: Object?, by new: Object) -> Bool {
    let old = expected.map { Unmanaged.passUnretained($0).toOpaque() }, next = Unmanaged.passRetained(new)
    guard cr_reference_replace(&word, old, next.toOpaque()) else {
      next.release()
      return false
    }
    if let expected { Unmanaged.passUnretained(expected).release() }
    return true
  }

  /// Takes the object out and notes in `taker` which thread has it; nil, and nothing noted, where there is none.
  @inline(__always)
  mutating func take(_ taker: inout UInt) -> Object? {
    Self.owned(cr_reference_take(&word, &taker, UInt(bitPattern: cr_thread())))
  }

  /// Where the word lies.
  var address: UInt { mutating get { withUnsafeMutablePointer(to: &word) { UInt(bitPattern: $0) } } }

  @inline(__always)
  private static func owned(_ object: UnsafeMutableRawPointer?) -> Object? {
    object.map { Unmanaged<Object>.fromOpaque($0).takeRetainedValue() }
  }
}

/// What an operation of a fixed number of inputs keeps for its backward pass: two passes on two threads read it, or one of them has it.
struct KeptBoxes: ~Copyable {
  private var words: cr_kept

  /// - Parameters:
  ///   - x: the first input's value.
  ///   - w: the second's.
  ///   - y: the result's.
  @inline(__always)
  init(x: consuming TensorBox?, w: consuming TensorBox? = nil, y: consuming TensorBox? = nil) {
    words = cr_kept(x: Self.word(x), w: Self.word(w), y: Self.word(y))
  }

  @inline(__always)
  deinit {
    // The inputs' boxes hold the graph below; the result's holds no node.
    if let x = words.x { ReleaseQueue.release(Unmanaged<TensorBox>.fromOpaque(x)) }
    if let w = words.w { ReleaseQueue.release(Unmanaged<TensorBox>.fromOpaque(w)) }
    if let y = words.y { Unmanaged<TensorBox>.fromOpaque(y).release() }
  }

  /// The boxes; taken out unless they are kept for another pass.
  @inline(__always)
  mutating func boxes(keeping: Bool) -> (x: TensorBox?, w: TensorBox?, y: TensorBox?) {
    let all = keeping ? cr_kept_read(&words) : cr_kept_take(&words)
    return (Self.owned(all.x)?.unpacked, Self.owned(all.w)?.unpacked, Self.owned(all.y)?.unpacked)
  }

  /// Lets go of the boxes.
  mutating func release() {
    let all = cr_kept_take(&words)
    _ = (Self.owned(all.x), Self.owned(all.w), Self.owned(all.y))
  }

  /// Puts what `change` makes of it in the place of each box; for who alone has them.
  mutating func replaceEach(_ change: (_ box: TensorBox, _ place: Int) -> TensorBox) {
    let all = cr_kept_take(&words)
    self = KeptBoxes(
      x: Self.owned(all.x).map { change($0, 0) }, w: Self.owned(all.w).map { change($0, 1) }, y: Self.owned(all.y).map { change($0, 2) })
  }

  @inline(__always)
  private static func word(_ box: consuming TensorBox?) -> UnsafeMutableRawPointer? {
    box.map { Unmanaged.passRetained($0).toOpaque() }
  }

  @inline(__always)
  private static func owned(_ word: UnsafeMutableRawPointer?) -> TensorBox? {
    word.map { Unmanaged<TensorBox>.fromOpaque($0).takeRetainedValue() }
  }
}

/// A value that never changes, as an object, so that it can be read and replaced as a whole.
final class Frozen<Value> {
  let value: Value
  init(_ value: Value) { self.value = value }
}

/// What a `SharedValue` may hold. Not generic, and neither is the place for it, so that to ask whether it is empty needs no type's metadata.
package class SharedPlace: @unchecked Sendable {
  fileprivate class Content {}
  @exclusivity(unchecked) fileprivate final var reference = SharedReference<Content>()

  fileprivate init() {}

  /// Whether there is no value now.
  package final var isEmpty: Bool { reference.isEmpty }
}

/// A value that several threads read, and replace as a whole.
package final class SharedValue<Value>: SharedPlace, @unchecked Sendable {
  private final class Held: Content {
    let value: Value
    init(_ value: Value) { self.value = value }
  }
  private let lock = Lock()

  package override init() {}

  /// The value there is now.
  package func read() -> Value? { (reference.read() as? Held)?.value }

  /// Puts what `change` makes of the value in its place; one thread after the other.
  package func update(_ change: (Value?) -> Value?) {
    lock.withLock { _ = reference.exchange(change(read()).map { Held($0) }) }
  }
}

/// A lock for a few steps of Swift code.
///
/// What leaves the steps is a number or nothing: a reference that was read under the lock would have to be counted under it, which the
/// optimiser does not promise. `SharedReference` does.
package final class Lock: @unchecked Sendable {
  private let byte: UnsafeMutablePointer<UInt8>

  package init() {
    byte = .allocate(capacity: 1)
    byte.initialize(to: 0)
  }

  deinit { byte.deallocate() }

  package func withLock<R: BitwiseCopyable>(_ body: () -> R) -> R {
    cr_lock(byte)
    defer { cr_unlock(byte) }
    return body()
  }
}
