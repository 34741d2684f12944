extension SafetensorsFile {
  /// Writes `arrays` to `path`, as a whole or not at all. The bytes are those that the reference library writes: tensors by
  /// falling alignment and then by name, the header padded with spaces to a multiple of eight. (It leaves the order of
  /// several metadata keys to chance; here they are sorted.)
  package static func write(
    _ arrays: [String: UntypedArray], metadata: [String: String] = [:], to path: String
  ) throws {
    let (header, parts) = try layout(arrays, metadata, path)
    try writeAtomically(to: path) { writer in
      try writer.write(header)
      for part in parts { try writer.write(part) }
    }
  }

  /// The bytes that `write` would write.
  package static func bytes(_ arrays: [String: UntypedArray], metadata: [String: String] = [:]) throws -> [UInt8] {
    let (header, parts) = try layout(arrays, metadata, "data")
    var all = header
    all.reserveCapacity(header.count + parts.reduce(0) { $0 + $1.count })
    for part in parts { part.withUnsafeBytes { all.append(contentsOf: $0) } }
    return all
  }

  /// The header with its length before it, and the elements of each tensor in order.
  private static func layout(
    _ arrays: [String: UntypedArray], _ metadata: [String: String], _ path: String
  ) throws -> (header: [UInt8], parts: [Bytes]) {
    var sorted: [(name: String, array: UntypedArray, dtype: String, rank: Int)] = []
    for (name, array) in arrays {
      guard name != SafetensorsHeader.metadataKey else {
        throw FormatError(file: path, place: .key(name), "this name is reserved for the metadata")
      }
      guard let dtype = array.elementType.safetensorsName, let rank = ElementType.allCases.firstIndex(of: array.elementType) else {
        throw FormatError(file: path, place: .key(name), "safetensors has no type for \(array.elementType.rawValue)")
      }
      sorted.append((name, array, dtype, rank))
    }
    sorted.sort { $0.rank != $1.rank ? $0.rank > $1.rank : precedes($0.name, $1.name) }

    var header: [UInt8] = [UInt8(ascii: "{")]
    if !metadata.isEmpty {
      appendKey(SafetensorsHeader.metadataKey, to: &header)
      header.append(UInt8(ascii: "{"))
      for (key, value) in metadata.sorted(by: { precedes($0.key, $1.key) }) {
        appendKey(key, to: &header)
        appendJSON(value, to: &header)
        header.append(UInt8(ascii: ","))
      }
      header[header.count - 1] = UInt8(ascii: "}")
      header.append(UInt8(ascii: ","))
    }
    var offset = 0
    for (name, array, dtype, _) in sorted {
      let end = offset.addingReportingOverflow(array.bytes.count)
      guard !end.overflow else {
        throw FormatError(file: path, place: .key(name), "the tensors are too large for one file")
      }
      appendKey(name, to: &header)
      let shape = array.shape.map(String.init).joined(separator: ",")
      header += #"{"dtype":"\#(dtype)","shape":[\#(shape)],"data_offsets":[\#(offset),\#(end.partialValue)]},"#.utf8
      offset = end.partialValue
    }
    if header.last == UInt8(ascii: ",") {
      header.removeLast()
    }
    header.append(UInt8(ascii: "}"))
    header += repeatElement(UInt8(ascii: " "), count: -header.count & 7)
    guard header.count <= SafetensorsHeader.maximumLength else {
      throw FormatError(
        file: path, "the header would take \(header.count) bytes, where \(SafetensorsHeader.maximumLength) are the most")
    }
    let length = UInt64(header.count)
    return ((0..<8).map { UInt8(truncatingIfNeeded: length >> (8 * $0)) } + header, sorted.map(\.array.bytes))
  }

  /// The order of the names' UTF-8, which is not Swift's order of strings.
  private static func precedes(_ a: String, _ b: String) -> Bool {
    a.utf8.lexicographicallyPrecedes(b.utf8)
  }

  private static func appendKey(_ key: String, to text: inout [UInt8]) {
    appendJSON(key, to: &text)
    text.append(UInt8(ascii: ":"))
  }
}
