import ChainRule
import Testing

/// The message with which `body` fails: what `catching` throws.
func message(_ body: () -> Void) -> String? {
  do {
    try catching(body)
    return nil
  } catch let error as TensorError {
    return error.message
  } catch {
    return "\(error)"
  }
}

/// What a failed exit test printed to standard error.
func text(_ result: ExitTest.Result?) -> String {
  String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
}
