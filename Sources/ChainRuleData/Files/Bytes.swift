#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// An immutable run of bytes: part of a mapped file or of an allocation, which lives as long as any run of it does.
package struct Bytes: Sendable {
  private let storage: ByteStorage
  private let start: Int
  package let count: Int

  init(_ storage: ByteStorage) {
    self.storage = storage
    start = 0
    count = storage.count
  }

  private init(storage: ByteStorage, start: Int, count: Int) {
    self.storage = storage
    self.start = start
    self.count = count
  }

  /// A copy of `elements`.
  package init(_ elements: some Collection<UInt8>) {
    let count = elements.count
    let base = UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: 16)
    base.copyBytes(from: elements)
    self.init(ByteStorage(base: base.baseAddress, count: count, owner: .allocator))
  }

  /// The bytes in `range`, which must lie within these; nothing is copied.
  package subscript(range: Range<Int>) -> Bytes {
    guard range.lowerBound >= 0, range.upperBound <= count else { fatalError("bytes \(range) asked of \(count)") }
    return Bytes(storage: storage, start: start + range.lowerBound, count: range.count)
  }

  package func withUnsafeBytes<Result, Failure: Error>(
    _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let base = storage.base.map { UnsafeRawPointer($0 + start) }
    defer { withExtendedLifetime(storage) {} }
    return try body(UnsafeRawBufferPointer(start: base, count: count))
  }

  package var array: [UInt8] {
    withUnsafeBytes { [UInt8]($0) }
  }
}

extension Bytes: Equatable {
  package static func == (a: Bytes, b: Bytes) -> Bool {
    a.count == b.count && a.withUnsafeBytes { a in b.withUnsafeBytes { b in a.elementsEqual(b) } }
  }
}

/// Memory that is never written again once it is here, and how to give it back.
final class ByteStorage: Sendable {
  enum Owner {
    case allocator, malloc, mapping
  }

  /// Only read, so it can be shared; nil when there is nothing.
  nonisolated(unsafe) let base: UnsafeMutableRawPointer?
  let count: Int
  private let owner: Owner

  init(base: UnsafeMutableRawPointer?, count: Int, owner: Owner) {
    self.base = base
    self.count = count
    self.owner = owner
  }

  deinit {
    guard let base else { return }
    switch owner {
    case .allocator: base.deallocate()
    case .malloc: free(base)
    case .mapping: munmap(base, count)
    }
  }
}

/// Memory being filled. It comes from `malloc`, because a Swift array traps where memory runs out, and how much a file asks
/// for is the file's choice.
struct ByteBuilder: ~Copyable {
  private(set) var base: UnsafeMutableRawPointer
  private(set) var capacity: Int

  /// Room for `capacity` bytes; nil when there is no such memory.
  init?(capacity: Int) {
    let capacity = max(capacity, 16)
    guard let base = malloc(capacity) else { return nil }
    self.base = base
    self.capacity = capacity
  }

  /// Makes room for `capacity` bytes, keeping those there are; false when there is no such memory.
  mutating func grow(to capacity: Int) -> Bool {
    guard let base = realloc(base, capacity) else { return false }
    self.base = base
    self.capacity = capacity
    return true
  }

  /// The first `count` bytes, for good.
  consuming func finish(count: Int) -> Bytes {
    let result = Bytes(ByteStorage(base: base, count: count, owner: .malloc))
    discard self
    return result
  }

  deinit {
    free(base)
  }
}
