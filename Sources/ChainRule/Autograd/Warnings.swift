import CKernels

/// Warnings for known traps: printed to standard error, each once.
enum Warnings {
  private static let lock = Lock()
  nonisolated(unsafe) private static var shown: Set<String> = []

  private static func once(_ key: String, _ text: @autoclosure () -> String) {
    guard lock.withLock({ shown.insert(key).inserted }) else { return }
    cr_warn("ChainRule: \(text())\n")
  }

  static func nonLeafGradient(_ t: Tensor) {
    once(
      "nonLeafGradient",
      "The .grad attribute of a Tensor that is not a leaf Tensor is being accessed. Its .grad attribute won't be populated during "
        + "autograd.backward(). If you indeed want the .grad field to be populated for a non-leaf Tensor, use .retain_grad() on the "
        + "non-leaf Tensor. (\(t.name.map { "\"\($0)\", " } ?? "")shape \(t.shape), computed by \(t.gradFn?.name ?? "nothing"): call "
        + "retainGrad() before backward().)")
  }

  static func lossSizes(_ input: Tensor, _ target: Tensor) {
    once(
      "lossSizes \(input.shape) \(target.shape)",
      "Using a target size (\(target.shape)) that is different to the input size (\(input.shape)). This will likely lead to incorrect "
        + "results due to broadcasting. Please ensure they have the same size.")
  }

  static func transposeOfRank(_ rank: Int) {
    once(
      "transposeOfRank",
      "The use of `x.T` on tensors of dimension other than 2 to reverse their shape is deprecated. Consider `x.mT` to transpose batches "
        + "of matrices or `x.permuted(\((0..<rank).reversed().map { "\($0)" }.joined(separator: ", ")))` to reverse the dimensions of a tensor."
    )
  }

  static func scheduleBeforeOptimizer() {
    once(
      "scheduleBeforeOptimizer",
      "Detected call of `lr_scheduler.step()` before `optimizer.step()`. Call them in the opposite order: optimizer.step() before "
        + "schedule.step(). Otherwise the first value of the schedule is skipped.")
  }
}
