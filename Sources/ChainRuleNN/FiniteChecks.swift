import ChainRule

/// Runs `body`, a training loop or a part of one, and ends it at the first loss, gradient or parameter of `model` that is NaN or infinite.
///
///     do {
///       try withFiniteChecks(model) { for (x, y) in loader { ... loss.backward(); optimizer.step() } }
///     } catch let error as NonFiniteError {
///       print(error)   // step 12, learning rate 0.1: the loss is nan. The first result that was not finite: inf of linear in layer "2".
///     }
///
/// See `withFiniteChecks(parameters:_:)`; here parameters and layers are called by their paths in `model`.
///
/// - Throws: `NonFiniteError`; else what `catching` would throw.
public func withFiniteChecks<R>(_ model: some Module, _ body: () throws -> R) throws -> R {
  try withFiniteChecks(
    parameters: model.namedParameters(), modules: model.namedModules().map { (name: $0.name, module: $0.module) }, body)
}
