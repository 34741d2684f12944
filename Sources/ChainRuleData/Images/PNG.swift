/// PNG (ISO/IEC 15948): all types of colour, depths, filters and interlacing. The rules are enforced as they stand: every checksum, the order
/// of the chunks, the size of the data. What only concerns how a picture is shown (gamma, text, times) is passed over.
package enum PNG {
  /// A picture as the file has it; palettes and transparent colours are spelled out.
  struct Picture {
    let width: Int
    let height: Int
    /// 1 for gray, 3 for colours; 2 and 4 with an alpha channel.
    let channels: Int
    /// 8 or 16 bits; fewer are scaled up to 8.
    let depth: Int
    /// Row-major from the top, channels innermost; bytes, or big-endian words of 16 bits.
    let samples: Bytes
  }

  static let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
  /// More than any camera's: a small file can ask for a thousand times its size.
  static let mostPixels = 1 << 27

  static func isPNG(_ bytes: Bytes) -> Bool { bytes.withUnsafeBytes { $0.starts(with: signature) } }

  static func decode(_ bytes: Bytes) throws(DataError) -> Picture {
    try bytes.withUnsafeBytes { (buffer) throws(DataError) in try PNGReader(buffer).picture() }
  }

  /// 8 bits for each channel of 1 to 4, rows unfiltered.
  package static func encoded(width: Int, height: Int, channels: Int, pixels: [UInt8]) -> [UInt8] {
    var rows: [UInt8] = []
    let rowLength = width * channels
    rows.reserveCapacity(height * (rowLength + 1))
    for row in 0..<height {
      rows.append(0)
      rows += pixels[(row * rowLength)..<((row + 1) * rowLength)]
    }
    let colour: UInt8 = [0, 4, 2, 6][channels - 1]
    return signature + chunk("IHDR", bigEndian(width) + bigEndian(height) + [8, colour, 0, 0, 0]) + chunk("IDAT", Deflate.zlib(rows))
      + chunk("IEND", [])
  }

  private static func chunk(_ name: String, _ data: [UInt8]) -> [UInt8] {
    let body = Array(name.utf8) + data
    return bigEndian(data.count) + body + bigEndian(Int(body.withUnsafeBytes { CRC32.checksum($0) }))
  }

  private static func bigEndian(_ value: Int) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * $0)) } }
}

/// The chunks of a PNG file.
struct PNGReader {
  private let bytes: UnsafeRawBufferPointer
  private var width = 0
  private var height = 0
  private var depth = 0
  private var colour = 0
  private var isInterlaced = false
  private var palette: [UInt8] = []
  private var transparency: [UInt8]?
  /// The pieces of the compressed data.
  private var pieces: [Range<Int>] = []

  init(_ bytes: UnsafeRawBufferPointer) throws(DataError) {
    self.bytes = bytes
    guard bytes.starts(with: PNG.signature) else { throw DataError(0, "not a PNG file") }
    var position = PNG.signature.count, previous = ""
    while previous != "IEND" {
      guard bytes.count - position >= 12 else { throw DataError(bytes.count, "the file is cut short") }
      let length = number(position), start = position + 8
      guard length <= bytes.count - start - 4 else { throw DataError(position, "a chunk that ends behind the file") }
      let data = start..<start + length, body = UnsafeRawBufferPointer(rebasing: bytes[position + 4..<data.upperBound])
      guard CRC32.checksum(body) == UInt32(number(data.upperBound)) else {
        throw DataError(data.upperBound, "the checksum of a chunk does not match its data")
      }
      guard body.prefix(4).allSatisfy({ (65...90).contains($0) || (97...122).contains($0) }) else {
        throw DataError(position + 4, "the name of a chunk is not of four letters")
      }
      let name = String(decoding: body.prefix(4), as: UTF8.self)
      try read(name, data, after: previous)
      previous = name
      position = data.upperBound + 4
    }
    guard position == bytes.count else { throw DataError(position, "\(bytes.count - position) bytes after the end of the picture") }
    guard !pieces.isEmpty else { throw DataError(position, "the picture has no data") }
  }

  private func number(_ offset: Int) -> Int { Int(UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self))) }

  private mutating func read(_ name: String, _ data: Range<Int>, after previous: String) throws(DataError) {
    let place = data.lowerBound
    guard (name == "IHDR") == previous.isEmpty else { throw DataError(place - 4, "IHDR is the first chunk, and only that") }
    switch name {
    case "IHDR": try header(data)
    case "PLTE":
      guard palette.isEmpty, pieces.isEmpty, transparency == nil, colour & 2 != 0, data.count % 3 == 0,
        (1...(colour == 3 ? 1 << depth : 256)).contains(data.count / 3)
      else { throw DataError(place, "a palette of \(data.count) bytes where none such can be") }
      palette = Array(bytes[data])
    case "tRNS":
      let fits =
        colour == 3 ? (1...max(palette.count / 3, 1)).contains(data.count) && !palette.isEmpty : data.count == (colour == 0 ? 2 : 6)
      guard transparency == nil, pieces.isEmpty, colour & 4 == 0, fits else {
        throw DataError(place, "transparency of \(data.count) bytes where none such can be")
      }
      transparency = Array(bytes[data])
    case "IDAT":
      guard pieces.isEmpty || previous == "IDAT" else { throw DataError(place, "the data is interrupted by another chunk") }
      guard colour != 3 || !palette.isEmpty else { throw DataError(place, "the palette is missing") }
      pieces.append(data)
    case "IEND": guard data.isEmpty else { throw DataError(place, "an end that is not empty") }
    default:
      guard name.utf8.first! & 0x20 != 0 else {
        throw DataError(place - 4, "the chunk \(name), which a reader must know and this one does not")
      }
    }
  }

  private mutating func header(_ data: Range<Int>) throws(DataError) {
    let start = data.lowerBound
    guard data.count == 13 else { throw DataError(start, "a header of \(data.count) bytes, not 13") }
    (width, height) = (number(start), number(start + 4))
    guard (1...Int(Int32.max)).contains(width), (1...Int(Int32.max)).contains(height) else {
      throw DataError(start, "a picture of \(width) x \(height)")
    }
    guard width <= PNG.mostPixels / height else {
      throw DataError(start, "a picture of \(width) x \(height); at most \(PNG.mostPixels) pixels are read")
    }
    (depth, colour) = (Int(bytes[start + 8]), Int(bytes[start + 9]))
    let depths: [Int: [Int]] = [0: [1, 2, 4, 8, 16], 2: [8, 16], 3: [1, 2, 4, 8], 4: [8, 16], 6: [8, 16]]
    guard depths[colour]?.contains(depth) ?? false else {
      throw DataError(start + 8, "no pictures of colour type \(colour) with \(depth) bits")
    }
    guard bytes[start + 10] == 0, bytes[start + 11] == 0, bytes[start + 12] <= 1 else {
      throw DataError(start + 10, "a method of compression, filtering or interlacing that PNG does not have")
    }
    isInterlaced = bytes[start + 12] == 1
  }

  /// Channels as they are in the data.
  private var stored: Int { [1, 0, 3, 1, 2, 0, 4][colour] }

  /// A part of the picture with rows of its own: all of it, or every so many pixels of every so many rows.
  private struct Pass {
    let x, y, stepX, stepY: Int
    let width, height: Int
  }

  private var passes: [Pass] {
    guard isInterlaced else { return [Pass(x: 0, y: 0, stepX: 1, stepY: 1, width: width, height: height)] }
    let grid = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
    return grid.map { x, y, stepX, stepY in
      Pass(
        x: x, y: y, stepX: stepX, stepY: stepY, width: (width - x + stepX - 1) / stepX, height: (height - y + stepY - 1) / stepY)
    }.filter { $0.width > 0 && $0.height > 0 }
  }

  private func rowSize(_ width: Int) -> Int { (width * stored * depth + 7) / 8 }

  func picture() throws(DataError) -> PNG.Picture {
    let passes = passes
    let rows = try inflated(count: passes.reduce(0) { $0 + $1.height * (rowSize($1.width) + 1) })
    let sampleSize = depth == 16 ? 2 : 1
    let channels = (colour == 3 ? 3 : stored) + (transparency == nil ? 0 : 1)
    guard let builder = ByteBuilder(capacity: width * height * channels * sampleSize) else {
      throw DataError(0, "there is no memory for \(width) x \(height) pixels")
    }
    let output = builder.base.assumingMemoryBound(to: UInt8.self), pixelSize = max(stored * depth / 8, 1)
    try rows.withUnsafeBytes { (data) throws(DataError) in
      guard let base = data.baseAddress else { return }
      // The storage is this call's own.
      var row = UnsafeMutableRawPointer(mutating: base).assumingMemoryBound(to: UInt8.self)
      for pass in passes {
        let size = rowSize(pass.width)
        var above: UnsafeMutablePointer<UInt8>?
        for y in 0..<pass.height {
          guard row[0] <= 4 else { throw DataError(pieces[0].lowerBound, "filter \(row[0]) of a row, where PNG has 0 to 4") }
          unfilter(row + 1, above, size, pixelSize, row[0])
          let place = ((pass.y + y * pass.stepY) * width + pass.x) * channels * sampleSize
          try spread(row + 1, pass.width, to: output + place, step: pass.stepX * channels * sampleSize)
          above = row + 1
          row += size + 1
        }
      }
    }
    return PNG.Picture(
      width: width, height: height, channels: channels, depth: sampleSize * 8,
      samples: builder.finish(count: width * height * channels * sampleSize))
  }

  /// The rows with their filters, from all pieces.
  private func inflated(count: Int) throws(DataError) -> Bytes {
    let size = pieces.reduce(0) { $0 + $1.count }
    // DEFLATE cannot expand further.
    guard count / 1032 <= size else { throw DataError(pieces[0].lowerBound, "\(size) bytes of data cannot be \(width) x \(height) pixels") }
    if pieces.count == 1 {
      let piece = pieces[0]
      do throws(DataError) {
        return try Zlib.decompress(UnsafeRawBufferPointer(rebasing: bytes[piece]), count: count)
      } catch {
        throw DataError(piece.lowerBound + error.offset, error.message)
      }
    }
    guard let joined = ByteBuilder(capacity: size) else { throw DataError(0, "there is no memory for \(size) bytes") }
    var offset = 0
    for piece in pieces where !piece.isEmpty {
      (joined.base + offset).copyMemory(from: bytes.baseAddress! + piece.lowerBound, byteCount: piece.count)
      offset += piece.count
    }
    let whole = joined.finish(count: size)
    do throws(DataError) {
      return try whole.withUnsafeBytes { (buffer) throws(DataError) in try Zlib.decompress(buffer, count: count) }
    } catch {
      throw DataError(place(of: error.offset), error.message)
    }
  }

  /// Where in the file a byte of the joined pieces is.
  private func place(of offset: Int) -> Int {
    var rest = offset
    for piece in pieces {
      if rest < piece.count { return piece.lowerBound + rest }
      rest -= piece.count
    }
    return pieces.last!.upperBound
  }

  private typealias Row = UnsafeMutablePointer<UInt8>

  /// Undoes the filter of a row (section 9 of the standard); above the first row of a pass there are zeros.
  private func unfilter(_ row: Row, _ above: Row?, _ count: Int, _ pixel: Int, _ filter: UInt8) {
    switch filter {
    case 1: for i in stride(from: pixel, to: count, by: 1) { row[i] &+= row[i &- pixel] }
    case 2: if let above { for i in 0..<count { row[i] &+= above[i] } }
    case 3:
      for i in 0..<count {
        let left = i >= pixel ? Int(row[i &- pixel]) : 0, up = above.map { Int($0[i]) } ?? 0
        row[i] &+= UInt8(truncatingIfNeeded: (left &+ up) &>> 1)
      }
    case 4: paeth(row, above, count, pixel)
    default: break
    }
  }

  private func paeth(_ row: Row, _ above: Row?, _ count: Int, _ pixel: Int) {
    // Without a row above, the predictor is the pixel to the left.
    guard let above else { return unfilter(row, nil, count, pixel, 1) }
    for i in 0..<min(pixel, count) { row[i] &+= above[i] }
    for i in stride(from: pixel, to: count, by: 1) {
      let a = Int(row[i &- pixel]), b = Int(above[i]), c = Int(above[i &- pixel])
      let pa = abs(b &- c), pb = abs(a &- c), pc = abs(a &+ b &- c &- c)
      row[i] &+= UInt8(truncatingIfNeeded: pa <= pb && pa <= pc ? a : pb <= pc ? b : c)
    }
  }

  /// Writes the pixels of a row, `step` bytes apart.
  private func spread(_ row: Row, _ count: Int, to output: Row, step: Int) throws(DataError) {
    var target = output
    if colour == 3 {
      let alpha = transparency
      for x in 0..<count {
        let index = sample(row, x)
        guard 3 * index + 2 < palette.count else { throw DataError(pieces[0].lowerBound, "a pixel of colour \(index), beyond the palette") }
        for c in 0..<3 { target[c] = palette[3 * index + c] }
        if let alpha { target[3] = index < alpha.count ? alpha[index] : 255 }
        target += step
      }
    } else if depth < 8 {
      let scale = 255 / (1 << depth - 1), clear = transparency.map { Int($0[0]) << 8 | Int($0[1]) }
      for x in 0..<count {
        let value = sample(row, x)
        target[0] = UInt8(value * scale)
        if let clear { target[1] = value == clear ? 0 : 255 }
        target += step
      }
    } else {
      copy(row, count, to: target, step: step)
    }
  }

  /// Whole bytes or words.
  private func copy(_ row: Row, _ count: Int, to output: Row, step: Int) {
    let size = stored * depth / 8, word = depth / 8
    var source = row, target = output
    if transparency == nil, step == size {
      target.update(from: source, count: count * size)
      return
    }
    let clear = transparency.map(clearPixel)
    for _ in 0..<count {
      for i in 0..<size { target[i] = source[i] }
      if let clear {
        var isClear = clear.count == size
        for i in 0..<clear.count where source[i] != clear[i] { isClear = false }
        for i in 0..<word { target[size + i] = isClear ? 0 : 255 }
      }
      source += size
      target += step
    }
  }

  /// The bytes of the clear colour, which is given in words; none where no pixel of bytes can have it.
  private func clearPixel(_ words: [UInt8]) -> [UInt8] {
    if depth == 16 { return words }
    var pixel: [UInt8] = []
    for i in stride(from: 0, to: words.count, by: 2) {
      if words[i] != 0 { return [] }
      pixel.append(words[i + 1])
    }
    return pixel
  }

  /// A sample of at most 8 bits, in a row of one channel.
  private func sample(_ row: Row, _ x: Int) -> Int {
    if depth == 8 { return Int(row[x]) }
    let perByte = 8 / depth, shift = 8 - depth * (x % perByte + 1)
    return Int(row[x / perByte]) >> shift & (1 << depth - 1)
  }
}
