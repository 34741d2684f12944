import ChainRule
import ChainRuleData
import Foundation

/// What becomes of an image before a network sees it: colours, the shorter edge brought to `size`, the middle square, and each channel
/// standardised.
struct ImagePreparation: Codable {
  let size: Int
  let mean: [Double]
  let std: [Double]

  /// The means and deviations that torchvision's pretrained networks were trained with.
  static func imageNet(size: Int) -> ImagePreparation {
    ImagePreparation(size: size, mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225])
  }

  init(size: Int, mean: [Double], std: [Double]) {
    (self.size, self.mean, self.std) = (size, mean, std)
  }

  /// Measures the channels of images, [n, 3, size, size] of uint8.
  init(size: Int, measuring images: Tensor) {
    var sums = [Double](repeating: 0, count: 3), squares = sums
    for start in stride(from: 0, to: images.shape[0], by: 256) {
      let part = images.narrow(dim: 0, start: start, count: Swift.min(256, images.shape[0] - start)).to(.float64) / 255
      for (i, value) in part.sum(dim: [0, 2, 3]).array(of: Double.self).enumerated() { sums[i] += value }
      for (i, value) in (part * part).sum(dim: [0, 2, 3]).array(of: Double.self).enumerated() { squares[i] += value }
    }
    let count = Double(images.count / 3)
    mean = sums.map { $0 / count }
    std = zip(squares, sums).map { square, sum in
      let variance = square / count - sum / count * (sum / count)
      return variance > 1e-8 ? variance.squareRoot() : 1
    }
    self.size = size
  }

  /// The image in a file: [3, size, size], uint8.
  static func pixels(_ path: String, size: Int) throws -> Tensor {
    let image = try readImage(path, mode: .rgb)
    if image.shape == [3, size, size] { return image }
    return try catching { Transforms.CenterCrop(size)(Transforms.Resize(size)(image)) }
  }

  /// Images of these files: [n, 3, size, size], uint8.
  static func pixels(_ paths: [String], size: Int) throws -> Tensor {
    // Stacked in parts, so that the images are not in memory twice.
    let parts = try stride(from: 0, to: paths.count, by: 256).map { start in
      stack(try paths[start..<Swift.min(start + 256, paths.count)].map { try pixels($0, size: size) })
    }
    return parts.count == 1 ? parts[0] : cat(parts)
  }

  /// Images of uint8 as the network takes them.
  func normalised(_ images: Tensor) -> Tensor {
    (images.to(.float32) / 255 - Tensor(mean, shape: [1, 3, 1, 1], dtype: .float32)) / Tensor(std, shape: [1, 3, 1, 1], dtype: .float32)
  }

  /// Images with their labels as samples.
  func samples(_ images: Tensor, _ labels: [Int]) -> Samples {
    let targets = Tensor(labels)
    return Samples(count: labels.count) { indices in
      let index = Tensor(indices)
      return (normalised(images.indexSelect(dim: 0, index: index)), targets.indexSelect(dim: 0, index: index))
    }
  }
}
