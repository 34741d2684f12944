import ChainRuleExplain

/// The classic lessons of back-propagation, as programs that print.
///
/// ```swift
/// for lesson in Tour.lessons { print(try lesson.page(in: .english).text) }
/// ```
enum Tour {
  /// One lesson.
  struct Lesson: Sendable {
    /// What it is about.
    let title: Phrase
    let body: @Sendable (inout Page) throws -> Void

    /// What the lesson prints: the same every time.
    ///
    /// - Parameter changed: other values for its numbers, by name.
    func page(
      in language: ExplanationLanguage, number: Int? = nil, ascii: Bool = false, changing changed: [String: Double] = [:]
    ) throws -> Page {
      var page = Page(language, ascii: ascii, changing: changed)
      page.heading((number.map { "\($0). " } ?? "") + title(language))
      try body(&page)
      return page
    }
  }

  /// All lessons, in the order in which they build on each other.
  static let lessons: [Lesson] = [
    Lesson(title: Phrase("What a tensor remembers", "텐서가 기억하는 것"), body: walkThrough),
    Lesson(title: Phrase("A result that is a vector: the Jacobian", "결과가 벡터일 때: 야코비 행렬"), body: vectorJacobian),
    Lesson(title: Phrase("The gradient of a mean: ones(2, 2)", "평균의 기울기: ones(2, 2)"), body: ones),
    Lesson(title: Phrase("One weight, step by step", "가중치 하나, 한 걸음씩"), body: oneWeight),
    Lesson(title: Phrase("The loop that learns", "학습하는 반복문"), body: loop),
    Lesson(title: Phrase("Numeric derivatives, and a ReLU of one's own", "수치 미분, 그리고 직접 만든 ReLU"), body: numeric),
    Lesson(title: Phrase("One layer, and a network of five", "층 하나, 그리고 층이 다섯인 신경망"), body: layers),
    Lesson(title: Phrase("One neuron with cross entropy", "교차 엔트로피를 쓰는 뉴런 하나"), body: neuron),
    Lesson(title: Phrase("The product rule, and back again", "곱의 미분법, 그리고 되돌아가기"), body: productRule),
    Lesson(title: Phrase("ReLU at 0, and other kinks", "0에서의 ReLU, 그리고 꺾인 점들"), body: kinks),
    Lesson(title: Phrase("The four lines of every training loop", "모든 학습 루프의 네 줄"), body: trainingLoop),
  ]
}
