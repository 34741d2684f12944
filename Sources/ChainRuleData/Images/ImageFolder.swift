public import ChainRule

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Images in a folder for each class: torchvision's `ImageFolder`, in its order.
///
///     let train = try ImageFolder("pets")            // pets/cat/1.png, pets/cat/more/2.jpg, pets/dog/1.png
///     let (image, label) = try train[0]              // [3, height, width], uint8; 0, that is train.classes[0]: "cat"
///
/// The classes are the folders' names in order; the images of each are those within it, however deep, in the order of their paths.
public struct ImageFolder: SampleDataset {
  /// The names of the classes, in order; a label is a position in them.
  public let classes: [String]
  /// The images with their labels.
  public let samples: [(path: String, label: Int)]
  /// The channels that images are read with.
  public let mode: ImageMode

  private static let suffixes = [".jpg", ".jpeg", ".png", ".ppm", ".bmp", ".pgm", ".tif", ".tiff", ".webp"]

  /// Looks for the images in the folders of `root`; they are read when they are asked for.
  ///
  /// - Throws: `FormatError` where there is no such folder, or a class without images.
  public init(_ root: String, mode: ImageMode = .rgb) throws(FormatError) {
    self.mode = mode
    let names = try entries(of: root).filter { isDirectory("\(root)/\($0)") }
    guard !names.isEmpty else { throw FormatError(file: root, "has no folders: there is one for each class, with its images") }
    classes = names
    var samples: [(path: String, label: Int)] = []
    for (label, name) in names.enumerated() {
      let before = samples.count
      for folder in try folders("\(root)/\(name)", depth: 0).sorted(by: precedes) {
        for file in try entries(of: folder) where Self.suffixes.contains(where: file.lowercased().hasSuffix) {
          let path = "\(folder)/\(file)"
          if !isDirectory(path) { samples.append((path, label)) }
        }
      }
      guard samples.count > before else {
        throw FormatError(
          file: "\(root)/\(name)", "Found no valid file for the class; supported extensions are: \(Self.suffixes.joined(separator: ", "))")
      }
    }
    self.samples = samples
  }

  /// The label of each class.
  public var classToIndex: [String: Int] { Dictionary(uniqueKeysWithValues: classes.enumerated().map { ($1, $0) }) }

  /// The number of images.
  public var count: Int { samples.count }

  /// Image `index` as [channels, height, width] of uint8, and its label.
  ///
  /// - Throws: `FormatError` with the file and the byte.
  public subscript(index: Int) -> (Tensor, Int) {
    get throws {
      let sample = samples[try checked(index)]
      return (try readImage(sample.path, mode: mode), sample.label)
    }
  }
}

/// The order of Python's strings: by scalar.
private func precedes(_ a: String, _ b: String) -> Bool { a.unicodeScalars.lexicographicallyPrecedes(b.unicodeScalars) }

/// The names in a folder, in order.
func entries(of folder: String) throws(FormatError) -> [String] {
  try checkPath(folder)
  guard let stream = opendir(folder) else { throw FormatError(file: folder, "cannot be opened: \(systemMessage())") }
  defer { closedir(stream) }
  var names: [String] = []
  while let entry = readdir(stream) {
    let name = withUnsafePointer(to: &entry.pointee.d_name) {
      $0.withMemoryRebound(to: CChar.self, capacity: MemoryLayout.size(ofValue: $0.pointee)) { String(cString: $0) }
    }
    if name != ".", name != ".." { names.append(name) }
  }
  return names.sorted(by: precedes)
}

/// A folder and all within it. Links are followed, so a link to a folder above would never end.
private func folders(_ folder: String, depth: Int) throws(FormatError) -> [String] {
  guard depth < 64 else { throw FormatError(file: folder, "folders nested more than 64 deep, or linked in a circle") }
  var result = [folder]
  for name in try entries(of: folder) where isDirectory("\(folder)/\(name)") {
    result += try folders("\(folder)/\(name)", depth: depth + 1)
  }
  return result
}
