import ChainRuleExplain

/// What families of operations and of modules are called.
enum FamilyTitle {
  /// `MatrixProduct` in words: Matrix product, or in Korean.
  static func text(_ family: String, _ language: ExplanationLanguage) -> String {
    if language == .korean, let korean = korean[family] { return korean }
    return family.reduce(into: "") { text, letter in
      if letter.isUppercase, !text.isEmpty { text += " " + letter.lowercased() } else { text.append(letter) }
    }
  }

  /// A test holds it against the families.
  static let korean = [
    "Arithmetic": "사칙 연산", "Division": "나눗셈", "Power": "거듭제곱", "Exponential": "지수와 로그", "Trigonometric": "삼각 함수",
    "Hyperbolic": "쌍곡선 함수", "Special": "특수 함수", "SpecialFunctions": "특수 함수 모음", "Rounding": "반올림", "FloatParts": "부동소수점의 부분",
    "Pairs": "두 값의 함수", "Blending": "섞기", "Bitwise": "비트 연산", "Activation": "활성화 함수", "PiecewiseActivation": "구간별 활성화 함수",
    "Comparison": "비교", "Clamping": "범위 제한", "Reduction": "축약", "Product": "곱", "Variance": "분산", "Norm": "노름",
    "Quantiles": "분위수", "Summaries": "요약", "LogCumulative": "로그 누적", "Calculus": "미적분", "Masked": "마스크", "Ordering": "정렬",
    "Softmax": "소프트맥스", "Shaping": "형태 바꾸기", "Rearranging": "재배열", "Padding": "패딩", "Diagonals": "대각선", "Slicing": "잘라 내기",
    "Joining": "이어 붙이기", "Arranging": "늘어놓기", "Cutting": "나누기", "Indexing": "인덱스로 읽기", "Scattering": "인덱스로 쓰기",
    "ScatterReducing": "인덱스로 모으기", "Placing": "끼워 넣기", "Searching": "찾기", "Casting": "자료형 변환", "MatrixProduct": "행렬 곱",
    "NamedProducts": "이름 있는 곱", "Contractions": "축약 곱", "Solving": "방정식 풀기", "Factorizing": "행렬 분해", "Spectral": "고윳값과 특잇값",
    "MatrixFunctions": "행렬 함수", "Convolution": "합성곱", "Pooling": "풀링", "ChannelNormalization": "채널 정규화", "Attention": "어텐션",
    "Recurrence": "순환 신경망", "Interpolation": "보간", "GridSampling": "격자 표본", "Normalization": "정규화", "Losses": "손실 함수",
    "Similarity": "유사도", "Linear": "선형 층", "Dropout": "드롭아웃", "Embedding": "임베딩", "LazyLayers": "크기를 나중에 정하는 층",
    "Reshaping": "형태 바꾸기", "ClassificationLosses": "분류 손실", "MarginLosses": "마진 손실", "RegressionLosses": "회귀 손실", "Containers": "컨테이너",
    "Optimizers": "옵티마이저", "Schedules": "스케줄",
  ]
}
