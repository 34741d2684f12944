#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// The images and labels of one part of a data set in the files of the MNIST database, and those that took over its names.
package struct DigitFiles: Sendable {
  /// Which part of the data set.
  package enum Part: Sendable {
    case train, test

    /// What the file names begin with, the official ones first; `train-10k` is a subset for short demonstrations.
    var prefixes: [String] {
      switch self {
      case .train: ["train", "train-10k"]
      case .test: ["t10k"]
      }
    }
  }

  package let imagesPath: String
  package let labelsPath: String

  /// Looks in `directory` for the images of `part`, plain or gzipped, and for their labels.
  package init(directory: String, part: Part) throws(FormatError) {
    try checkPath(directory)
    guard isDirectory(directory) else {
      throw FormatError(file: directory, "is not a directory")
    }
    var imagesNames: [String] = []
    for prefix in part.prefixes {
      let images = Self.names(prefix, "images-idx3-ubyte")
      imagesNames += images
      guard let imagesPath = Self.find(images, directory) else { continue }
      let labels = Self.names(prefix, "labels-idx1-ubyte")
      guard let labelsPath = Self.find(labels, directory) else {
        throw Self.missing(labels, directory, "labels for \(imagesPath)")
      }
      self.imagesPath = imagesPath
      self.labelsPath = labelsPath
      return
    }
    throw Self.missing(imagesNames, directory, "images")
  }

  /// The images as [N, height, width] bytes and the labels as [N] bytes.
  package func read() throws(FormatError) -> (images: UntypedArray, labels: UntypedArray) {
    let images = try IDX.read(imagesPath)
    guard images.elementType == .uint8, images.shape.count == 3 else {
      throw FormatError(
        file: imagesPath, "\(shapeText(images.shape)) of \(images.elementType.rawValue), where images are [N, height, width] of uint8")
    }
    guard images.shape[0] == 0 || images.count > 0 else {
      throw FormatError(file: imagesPath, "\(shapeText(images.shape)): images of no pixels")
    }
    let labels = try IDX.read(labelsPath)
    guard labels.elementType == .uint8, labels.shape.count == 1 else {
      throw FormatError(file: labelsPath, "\(shapeText(labels.shape)) of \(labels.elementType.rawValue), where labels are [N] of uint8")
    }
    guard labels.shape[0] == images.shape[0] else {
      throw FormatError(file: labelsPath, "\(labels.shape[0]) labels for the \(images.shape[0]) images of \(imagesPath)")
    }
    return (images, labels)
  }

  /// The name as the database has it, with the dot that some unpackers make of its hyphen, each also gzipped.
  private static func names(_ prefix: String, _ rest: String) -> [String] {
    let name = "\(prefix)-\(rest)"
    let dotted = name.replacing("-idx", with: ".idx")
    return [name, "\(name).gz", dotted, "\(dotted).gz"]
  }

  private static func find(_ names: [String], _ directory: String) -> String? {
    names.lazy.map { join(directory, $0) }.first { exists($0) }
  }

  private static func missing(_ names: [String], _ directory: String, _ what: String) -> FormatError {
    FormatError(file: directory, "has no \(what); looked for \(names.joined(separator: ", "))")
  }
}

private func join(_ directory: String, _ name: String) -> String {
  directory.hasSuffix("/") ? directory + name : "\(directory)/\(name)"
}

/// Whether there is a folder at `path`.
func isDirectory(_ path: String) -> Bool {
  var status = stat()
  return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
}

/// Whether there is anything at `path`.
func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }
