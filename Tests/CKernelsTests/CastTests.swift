import CKernels
import Testing

extension KernelTests {
  private static let values: [Double] = [0, 1, 2, 100, 255, 256, -1, -300, 70_000, -70_000, 2_147_483_647, -2_147_483_648, 1e10, -1e10]

  private func cast<T: Element, U: Element>(_ values: [T], from: cr_dtype? = nil, to: cr_dtype? = nil, zero: U) -> [U] {
    let x = Buffer(values, dtype: from ?? T.dtype), out = Buffer([U](repeating: zero, count: values.count), dtype: to ?? U.dtype)
    cr_cast(&x.tensor, &out.tensor)
    return out.array
  }

  @Test func floatingSources() {
    let integers = Self.values.map { Int64($0) }
    #expect(cast(Self.values, zero: Int64(0)) == integers)
    #expect(cast(Self.values, zero: UInt8(0)) == integers.map { UInt8(truncatingIfNeeded: $0) })
    #expect(cast(Self.values, zero: Float(0)) == Self.values.map { Float($0) })
    #expect(cast(Self.values, to: CR_BOOL, zero: UInt8(9)) == Self.values.map { $0 != 0 ? 1 : 0 })
    #expect(cast(Self.values, zero: Int32(0)) == Self.values.map { Int32(exactly: $0) ?? .min })
    #expect(cast(Self.values.map { Float($0) }, zero: Int64(0)) == Self.values.map { Int64(Float($0)) })
    #expect(cast(Self.values.map { Float($0) }, zero: 0.0) == Self.values.map { Double(Float($0)) })
    #expect(cast([Double.nan, .infinity, -.infinity, 1e300, 2.9, -2.9], zero: Int64(0)) == [.min, .min, .min, .min, 2, -2])
    #expect(cast([Float.nan, .infinity, 3e9, -2.9], zero: Int32(0)) == [.min, .min, .min, -2])
  }

  @Test func integerSources() {
    func check<T: Element & FixedWidthInteger>(_: T.Type) {
      let values = Self.values.map { T(truncatingIfNeeded: Int64($0)) } + [.min, .max]
      #expect(cast(values, zero: UInt8(0)) == values.map { UInt8(truncatingIfNeeded: $0) })
      #expect(cast(values, zero: Int32(0)) == values.map { Int32(truncatingIfNeeded: $0) })
      #expect(cast(values, zero: Int64(0)) == values.map { Int64($0) })
      #expect(cast(values, zero: Float(0)) == values.map { Float($0) })
      #expect(cast(values, zero: 0.0) == values.map { Double($0) })
      #expect(cast(values, to: CR_BOOL, zero: UInt8(9)) == values.map { $0 != 0 ? 1 : 0 })
    }
    check(UInt8.self)
    check(Int32.self)
    check(Int64.self)
    let flags: [UInt8] = [0, 1, 1, 0]
    #expect(cast(flags, from: CR_BOOL, zero: Float(9)) == [0, 1, 1, 0])
    #expect(cast(flags, from: CR_BOOL, zero: Int64(9)) == [0, 1, 1, 0])
  }
}
