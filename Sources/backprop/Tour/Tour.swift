/// The classic lessons of back-propagation, as programs that print.
///
/// ```swift
/// for lesson in Tour.lessons { print(try lesson.text()) }
/// ```
enum Tour {
  /// One lesson.
  struct Lesson: Sendable {
    /// What it is about.
    let title: String
    let body: @Sendable (inout String) throws -> Void

    /// What the lesson prints: the same every time.
    func text(number: Int? = nil) throws -> String {
      let heading = (number.map { "\($0). " } ?? "") + title
      var page = "\(heading)\n\(String(repeating: "=", count: heading.count))\n"
      try body(&page)
      return page
    }
  }

  /// All lessons, in the order in which they build on each other.
  static let lessons: [Lesson] = [
    Lesson(title: "What a tensor remembers", body: walkThrough), Lesson(title: "The vector-Jacobian product", body: vectorJacobian),
    Lesson(title: "The gradient of a mean: ones(2, 2)", body: ones), Lesson(title: "A regression with one weight", body: oneWeight),
    Lesson(title: "The chain rule through two layers", body: twoLayers),
    Lesson(title: "Numeric derivatives, and a ReLU of one's own", body: numeric), Lesson(title: "A network of named layers", body: layers),
    Lesson(title: "Sigmoid and binary cross-entropy", body: crossEntropy), Lesson(title: "ReLU at 0, and other kinks", body: kinks),
    Lesson(title: "The four lines of every training loop", body: trainingLoop),
  ]
}
