/// A value that is made of tensors: a tensor, an array or a dictionary of trees, or a struct of one's own. JAX and PyTorch call it a
/// pytree.
///
/// Transforms take trees and give trees of the same form:
///
///     struct Line: TensorTree {
///       var slope: Tensor
///       var offset: Tensor
///       mutating func visitParts(_ visit: TensorTreeVisitor) {
///         visit("slope", &slope)
///         visit("offset", &offset)
///       }
///     }
///     let slopes = grad { (p: Line) in (p.slope * x + p.offset - y).pow(2).mean() }(line)   // a Line
///     let next = line.mapTensors(with: slopes) { $0 - 0.1 * $1 }
///
/// `Tensor`, `NamedTensors`, and arrays, optionals and dictionaries with `String` keys of trees conform. What else a struct stores stays as
/// it is.
public protocol TensorTree {
  /// Hands each part that holds tensors to `visit` with its name, in the same order every time.
  mutating func visitParts(_ visit: TensorTreeVisitor)
}

/// What a tree hands its parts to: `visit("weight", &weight)`.
public struct TensorTreeVisitor {
  /// The names of the parts from the root to this one, with dots between them.
  fileprivate let path: String
  fileprivate let change: (_ path: String, _ tensor: Tensor) -> Tensor

  /// Visits a part, which may be a tree itself.
  public func callAsFunction<Part: TensorTree>(_ name: String, _ part: inout Part) {
    part.visitParts(TensorTreeVisitor(path: path.isEmpty ? name : "\(path).\(name)", change: change))
  }
}

extension TensorTree {
  /// Every tensor of the tree, in order.
  public var tensors: [Tensor] { namedTensors.map(\.tensor) }

  /// Every tensor of the tree in order, with its path: the names of the parts from the root, `encoder.0.weight`. The path of a tensor that
  /// is the whole tree is empty.
  public var namedTensors: [(path: String, tensor: Tensor)] {
    var found: [(path: String, tensor: Tensor)] = []
    var tree = self
    tree.visitParts(
      TensorTreeVisitor(path: "") { path, tensor in
        found.append((path, tensor))
        return tensor
      })
    return found
  }

  /// The tree with `transform` of every tensor in its place.
  ///
  ///     let halves = parameters.mapTensors { $0 * 0.5 }
  public func mapTensors(_ transform: (Tensor) -> Tensor) -> Self {
    withoutActuallyEscaping(transform) { transform in
      var tree = self
      tree.visitParts(TensorTreeVisitor(path: "") { transform($1) })
      return tree
    }
  }

  /// The tree with `transform` of every tensor and the one at the same place of `other`, a tree of the same form, in its place.
  ///
  ///     parameters = parameters.mapTensors(with: gradients) { $0 - 0.1 * $1 }
  public func mapTensors(with other: Self, _ transform: (Tensor, Tensor) -> Tensor) -> Self {
    guard let others = TreeForm.tensors(of: other, like: self, "mapTensors", "the other tree") else { return mapTensors { _ in .poison } }
    return replacingTensors(zip(tensors, others).map(transform))
  }

  /// The tree with other tensors, as many and in the same order, in the place of its own: what `tensors` has flattened put back.
  public func replacingTensors(_ tensors: [Tensor]) -> Self {
    var next = tensors.makeIterator(), taken = 0
    let tree = mapTensors { _ in
      taken += 1
      return next.next() ?? .poison
    }
    if taken != tensors.count {
      fail(
        TensorError(
          .argument, "a tree of \(taken) tensors got \(tensors.count) to replace them", hint: "Give one for each of its tensors, in order.",
          operation: "replacingTensors"))
    }
    return tree
  }
}

extension Tensor: TensorTree {
  /// Hands itself over.
  public mutating func visitParts(_ visit: TensorTreeVisitor) { self = visit.change(visit.path, self) }
}

extension Array: TensorTree where Element: TensorTree {
  /// Hands over the elements, named by their positions.
  public mutating func visitParts(_ visit: TensorTreeVisitor) { for i in indices { visit("\(i)", &self[i]) } }
}

extension Optional: TensorTree where Wrapped: TensorTree {
  /// Hands over what is wrapped; nothing where there is nothing.
  public mutating func visitParts(_ visit: TensorTreeVisitor) {
    guard var wrapped = self else { return }
    wrapped.visitParts(visit)
    self = wrapped
  }
}

extension Dictionary: TensorTree where Key == String, Value: TensorTree {
  /// Hands over the values in the order of their keys.
  public mutating func visitParts(_ visit: TensorTreeVisitor) {
    for key in keys.sorted() {
      guard var value = self[key] else { continue }
      visit(key, &value)
      self[key] = value
    }
  }
}

extension NamedTensors: TensorTree {
  /// Hands over the tensors in their order.
  public mutating func visitParts(_ visit: TensorTreeVisitor) {
    for name in names {
      guard var tensor = self[name] else { continue }
      visit(name, &tensor)
      self[name] = tensor
    }
  }
}

/// Whether trees have the same form: the same paths.
enum TreeForm {
  /// Runs `body` with `f` as a function of tensors, which it may call any number of times.
  ///
  /// - Returns: the result, and an output of `f`, for its form.
  static func flattened<Input: TensorTree, Output: TensorTree, R>(
    _ f: (Input) -> Output, _ x: Input, _ body: (([Tensor]) -> [Tensor]) -> R
  ) -> (result: R, form: Output) {
    var form: Output?
    let result = withoutActuallyEscaping(f) { f in
      body { tensors in
        let y = f(x.replacingTensors(tensors))
        form = y
        return y.tensors
      }
    }
    return (result, form ?? f(x))
  }

  /// The tensors of `tree`, where it has the form of `model`; else refuses.
  static func tensors<Tree: TensorTree>(of tree: Tree, like model: Tree, _ operation: String, _ what: String) -> [Tensor]? {
    let given = tree.namedTensors, expected = model.namedTensors
    guard given.map(\.path) == expected.map(\.path) else {
      let strange = given.first { part in !expected.contains { $0.path == part.path } }
      let missing = expected.first { part in !given.contains { $0.path == part.path } }
      let difference = missing.map { "\"\($0.path)\" is missing" } ?? strange.map { "\"\($0.path)\" is too many" } ?? "the order differs"
      fail(
        TensorError(
          .argument, "\(operation): Expected \(what) to have the same structure as the tree it belongs to",
          hint: "There are \(given.count) tensors and should be \(expected.count); \(difference).", operation: operation))
      return nil
    }
    return given.map(\.tensor)
  }
}
