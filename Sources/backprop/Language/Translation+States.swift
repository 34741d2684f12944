extension Translation {
  /// What is wrong with tokens and with the files of tokenizers.
  static let tokenSentences: [Pair] = [
    ("the file is not UTF-8", "파일이 UTF-8이 아닙니다"), ("a tokenizer of the kind {}; only BPE is read", "{0} 종류의 토크나이저입니다. BPE만 읽습니다"),
    (
      "a tokenizer that does not cut text as GPT-2 does (ByteLevel): its tokens would be others",
      "GPT-2처럼(ByteLevel) 글을 나누지 않는 토크나이저라 토큰이 달라집니다"
    ),
    ("a tokenizer that changes its text (normalizer), which is not done here", "글을 바꾸는(normalizer) 토크나이저인데 여기서는 바꾸지 않습니다"),
    ("a tokenizer that puts a space before its text, which is not done here", "글 앞에 공백을 넣는 토크나이저인데 여기서는 넣지 않습니다"),
    ("a tokenizer that does not cut text into words, which is done here", "글을 단어로 나누지 않는 토크나이저인데 여기서는 나눕니다"),
    (
      "a tokenizer that looks whole words up first (ignore_merges), which is not done here",
      "단어 전체를 먼저 찾는(ignore_merges) 토크나이저인데 여기서는 그렇게 하지 않습니다"
    ),
    ("the token {} appears twice", "토큰 {0}이(가) 두 번 나옵니다"), ("an added token without content or id", "추가된 토큰에 content나 id가 없습니다"),
    ("a pair of {} tokens", "쌍의 토큰이 {0}개입니다"), ("{} is not two tokens with a space between", "{0}은(는) 공백으로 나눈 토큰 두 개가 아닙니다"),
    ("{} tokens with numbers up to {}", "토큰은 {0}개인데 번호가 {1}까지 있습니다"), ("{} and {} have the number {}", "{0}와(과) {1}의 번호가 모두 {2}입니다"),
    ("no token for the byte {}: it is no byte-level vocabulary", "바이트 {0}의 토큰이 없습니다. 바이트 단위의 어휘가 아닙니다"),
    ("the pair {} {} is not of tokens of the vocabulary", "쌍 {0} {1}이(가) 어휘에 있는 토큰이 아닙니다"),
    ("a special token comes twice: {}", "특수 토큰이 두 번 나옵니다: {0}"),
    ("a vocabulary of {} tokens: there are 256 bytes and {} special tokens", "어휘가 토큰 {0}개입니다. 바이트 256개와 특수 토큰 {1}개가 들어가야 합니다"),
    ("the last token is cut short; each has {} bytes", "마지막 토큰이 잘렸습니다. 하나가 {0}바이트입니다"),
    ("the token {} does not fit into {} bits", "토큰 {0}은(는) {1}비트에 들어가지 않습니다"),
    ("token {} at position {}: the vocabulary has {} tokens, counted from 0", "{1}번째 토큰 {0}: 어휘의 토큰은 0번부터 {2}개입니다"),
    ("the character {} at position {} is not in the vocabulary of {}", "{1}번째 글자 {0}이(가) {2}개짜리 어휘에 없습니다"),
    ("the word {} at position {} is not in the vocabulary of {}", "{1}번째 단어 {0}이(가) {2}개짜리 어휘에 없습니다"),
  ]

  /// What is wrong with the state of an optimizer or a schedule. What PyTorch says stays as PyTorch says it.
  static let stateSentences: [Pair] = [
    ("is missing in the metadata: no state of an optimizer", "메타데이터에 없습니다. 옵티마이저의 상태가 아닙니다"),
    ("param_groups is {}, not a list of groups", "param_groups가 그룹의 목록이 아니라 {0}입니다"),
    ("param_groups[{}] is {}, not a table", "param_groups[{0}]이(가) 표가 아니라 {1}입니다"),
    (
      "params holds {}, which is no parameter's number, or one that was there before",
      "params의 {0}은(는) 매개변수의 번호가 아니거나 앞에 이미 나온 번호입니다"
    ),
    ("{} is no name of a state: those are state.INDEX.NAME", "{0}은(는) 상태의 이름이 아닙니다. 이름은 state.INDEX.NAME입니다"),
    ("{}: no group has parameter {}", "{0}: 매개변수 {1}이(가) 든 그룹이 없습니다"),
    ("group.{} is {}, and {} has {}", "group.{0}이(가) {1}인데 {2}에서는 {3}이어야 합니다"), ("group.{}: {}", "그룹 {0}: {1}"),
    ("state.{}.step is {}, which is no count", "state.{0}.step이 {1}인데, 횟수가 아닙니다"),
    ("state.{} is no state of {}", "state.{0}은(는) {1}의 상태가 아닙니다"),
    ("state.{} has shape {}, {}", "state.{0}의 형태가 {1}입니다. {2}"), ("the parameter has {}", "매개변수의 형태는 {0}입니다"),
    ("for a parameter of {} it is {}", "형태가 {0}인 매개변수에서는 {1}이어야 합니다"),
    ("{}: the optimizer has {} parameters", "{0}: 옵티마이저의 매개변수는 {1}개입니다"), ("{} is no state of {}", "{0}은(는) {1}의 상태가 아닙니다"),
    ("{} of {} cannot be {}", "{1}의 {0}은(는) {2}일 수 없습니다"), ("byte {} of the JSON text: {}", "JSON의 바이트 {0}: {1}"),
    ("nested more than 32 deep", "32겹보다 깊이 겹쳐 있습니다"), ("text after the value", "값이 끝난 뒤에 글자가 있습니다"),
    ("the key {} twice", "{0} 키가 두 번 나옵니다"), ("{} is no value", "{0}은(는) 값이 아닙니다"),
    ("\\u needs four hexadecimal digits", "\\u 뒤에는 16진수 네 자리가 와야 합니다"),
    ("an unknown escape", "알 수 없는 이스케이프입니다"), ("a string without end", "문자열이 끝나지 않습니다"), ("expected {}", "{0}이(가) 와야 합니다"),
    ("a table", "표"), ("a word", "단어"), ("a pair of numbers", "두 수"),
  ]
}
