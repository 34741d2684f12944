/// Writes the members of a zip archive, stored, one after the other, and then its directory. Times are left at the format's
/// zero, 1980-01-01, so that equal contents make equal files.
package struct ZipWriter: ~Copyable {
  private var directory: [UInt8] = []
  private var count = 0
  private var position = 0
  /// What is larger is written with 64 bits.
  private let largest: Int

  /// The largest value of a 32-bit field; all ones mean "see the 64-bit field".
  package static let largestField = 0xFFFF_FFFE

  init(largestField: Int) {
    largest = largestField
  }

  /// Adds a member that consists of `parts`; with an alignment, the data begins at a multiple of it, behind a field of zeros.
  mutating func add(_ name: String, _ parts: [Bytes], alignment: Int = 1, to writer: inout FileWriter) throws(FormatError) {
    let size = parts.reduce(0) { $0 + $1.count }
    let checksum = parts.reduce(0) { seed, part in part.withUnsafeBytes { CRC32.checksum($0, seed: seed) } }
    let nameBytes = Array(name.utf8)
    // Bit 11 says that the name is UTF-8.
    let flags = nameBytes.contains { $0 >= 0x80 } ? 0x800 : 0
    let isLarge = size > largest
    let isFar = position > largest

    var local = little(0x0403_4B50, 4) + little(isLarge ? 45 : 20, 2) + little(flags, 2) + little(0, 2) + little(0, 2) + little(0x21, 2)
    local += little(Int(checksum), 4)
    local += little(isLarge ? 0xFFFF_FFFF : size, 4) + little(isLarge ? 0xFFFF_FFFF : size, 4)
    var localExtra = isLarge ? little(1, 2) + little(16, 2) + little(size, 8) + little(size, 8) : []
    if alignment > 1 {
      // "FB", as PyTorch calls the field.
      let start = position + local.count + 4 + nameBytes.count + localExtra.count + 4, padding = (alignment - start % alignment) % alignment
      localExtra += little(0x4246, 2) + little(padding, 2) + [UInt8](repeating: 0, count: padding)
    }
    local += little(nameBytes.count, 2) + little(localExtra.count, 2) + nameBytes + localExtra

    let extra = (isLarge ? little(size, 8) + little(size, 8) : []) + (isFar ? little(position, 8) : [])
    // Version 4.5 is that of 64-bit fields; made by "Unix", so that the permissions are understood.
    directory += little(0x0201_4B50, 4) + little(3 << 8 | 45, 2) + little(extra.isEmpty ? 20 : 45, 2) + little(flags, 2)
    directory += little(0, 2) + little(0, 2) + little(0x21, 2) + little(Int(checksum), 4)
    directory += little(isLarge ? 0xFFFF_FFFF : size, 4) + little(isLarge ? 0xFFFF_FFFF : size, 4)
    directory += little(nameBytes.count, 2) + little(extra.isEmpty ? 0 : extra.count + 4, 2) + little(0, 2) + little(0, 2)
    directory += little(0, 2) + little(0o600 << 16, 4) + little(isFar ? 0xFFFF_FFFF : position, 4) + nameBytes
    if !extra.isEmpty {
      directory += little(1, 2) + little(extra.count, 2) + extra
    }

    try writer.write(local)
    for part in parts {
      try writer.write(part)
    }
    position += local.count + size
    count += 1
  }

  /// Writes the directory.
  consuming func finish(_ writer: inout FileWriter) throws(FormatError) {
    var end: [UInt8] = []
    let isLarge = position > largest || directory.count > largest || count > min(0xFFFE, largest)
    if isLarge {
      end += little(0x0606_4B50, 4) + little(44, 8) + little(3 << 8 | 45, 2) + little(45, 2) + little(0, 8)
      end += little(count, 8) + little(count, 8) + little(directory.count, 8) + little(position, 8)
      end += little(0x0706_4B50, 4) + little(0, 4) + little(position + directory.count, 8) + little(1, 4)
    }
    end += little(0x0605_4B50, 4) + little(0, 4)
    end += little(isLarge ? 0xFFFF : count, 2) + little(isLarge ? 0xFFFF : count, 2)
    end += little(isLarge ? 0xFFFF_FFFF : directory.count, 4) + little(isLarge ? 0xFFFF_FFFF : position, 4) + little(0, 2)
    try writer.write(directory)
    try writer.write(end)
  }

  private func little(_ value: Int, _ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }
}
