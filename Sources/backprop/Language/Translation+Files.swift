extension Translation {
  /// What is wrong with a file, whatever it holds.
  static let fileSentences: [Pair] = [
    ("cannot be opened: {}", "열 수 없습니다: {0}"), ("cannot be read: {}", "읽을 수 없습니다: {0}"),
    ("cannot be written: {}", "쓸 수 없습니다: {0}"), ("cannot be written to the disk: {}", "디스크에 쓸 수 없습니다: {0}"),
    ("cannot be replaced: {}", "바꿔 쓸 수 없습니다: {0}"), ("cannot be made: {}", "만들 수 없습니다: {0}"),
    ("cannot set its permissions: {}", "권한을 정할 수 없습니다: {0}"),
    ("no such file or directory", "그런 파일이나 폴더가 없습니다"), ("permission denied", "권한이 없습니다"), ("not a directory", "폴더가 아닙니다"),
    ("the disk takes no more bytes", "디스크에 더 쓸 수 없습니다"), ("every name tried beside it is taken", "옆에 쓸 이름이 남아 있지 않습니다"),
    ("there is no such folder", "그런 폴더가 없습니다"),
    ("is a link that leads nowhere", "가리키는 곳이 없는 링크입니다"), ("is a directory, not a file", "파일이 아니라 폴더입니다"),
    ("is not a regular file", "일반 파일이 아닙니다"), ("is not a directory", "폴더가 아닙니다"), ("is a file, where a folder is to be", "폴더여야 하는데 파일입니다"),
    ("the file is empty", "빈 파일입니다"), ("{} bytes are more than the {} accepted here", "{0}바이트입니다. {1}바이트까지 받습니다"),
    ("there is no memory for its {} bytes", "{0}바이트를 읽을 메모리가 없습니다"), ("there is no memory for {} bytes", "{0}바이트를 담을 메모리가 없습니다"),
    ("there is no memory for {} x {} pixels", "{0} x {1}픽셀을 담을 메모리가 없습니다"),
    ("the file was cut short while it was read", "읽는 동안 파일이 잘렸습니다"),
    ("is no file: only file URLs are read and written", "파일이 아닙니다. 파일 URL만 읽고 씁니다"),
    ("(no path)", "(경로 없음)"), ("the path is empty", "경로가 비어 있습니다"), ("the path holds a zero byte", "경로에 0바이트가 있습니다"),
    ("is no UTF-8", "UTF-8이 아닙니다"),
    ("is no JSON: {}", "JSON이 아닙니다: {0}"), ("is no JSON object of options", "옵션을 담은 JSON 객체가 아닙니다"), ("is no JSON object", "JSON 객체가 아닙니다"),
    ("is neither a text, a number, nor true or false", "문자열도, 수도, true나 false도 아닙니다"),
    ("the file is cut short within the length of its header", "머리글의 길이를 적은 곳에서 파일이 끝났습니다"),
    ("a header of {} bytes, where {} are the most", "머리글이 {0}바이트입니다. {1}바이트까지 쓸 수 있습니다"),
    ("the file is cut short within its header of {} bytes", "{0}바이트 머리글 안에서 파일이 끝났습니다"),
    ("the header does not begin with {", "머리글이 {로 시작하지 않습니다"), ("the header is not UTF-8", "머리글이 UTF-8이 아닙니다"),
    ("the key {} appears twice", "{0} 키가 두 번 나옵니다"),
    ("its data ends at {}, the file has {} bytes of data", "데이터가 {0}에서 끝나는데 파일의 데이터는 {1}바이트입니다"),
    ("{} bytes after the data of the last tensor", "마지막 텐서의 데이터 뒤에 {0}바이트가 더 있습니다"),
    ("shape {} of {} takes {} bytes, its data_offsets hold {}", "형태 {0}의 {1}은(는) {2}바이트인데 data_offsets에는 {3}바이트가 있습니다"),
    ("no tensor of this name; the file has {}", "이런 이름의 텐서가 없습니다. 파일에 있는 이름: {0}"),
    ("expected {}, found {}", "{0}이(가) 와야 하는데 {1}이(가) 있습니다"),
  ]

  /// What is wrong with a model, a checkpoint or the settings of a run.
  static let runSentences: [Pair] = [
    ("is missing", "없습니다"), ("is missing, or no number", "없거나 수가 아닙니다"), ("is missing: no checkpoint of a run", "없습니다. 실행의 체크포인트가 아닙니다"),
    ("is missing: weights of another network", "없습니다. 다른 신경망의 가중치입니다"), ("is no part of this network", "이 신경망에 없는 부분입니다"),
    ("has shape {}, expected {}", "형태가 {0}입니다. {1}이어야 합니다"), ("has type {}, expected int64", "자료형이 {0}입니다. int64여야 합니다"),
    ("holds a negative number", "음수가 들어 있습니다"), ("is no epoch of the run, or its weights are not finite", "이 실행에 없는 에폭이거나 가중치가 유한하지 않습니다"),
    ("holds {}: nothing can be learned from there", "{0}이(가) 들어 있어 거기서부터 학습할 수 없습니다"),
    ("holds {}: the model predicts nothing", "{0}이(가) 들어 있어 예측할 수 없습니다"), ("is no state of the generator", "난수 생성기의 상태가 아닙니다"),
    ("is no checkpoint of a run", "실행의 체크포인트가 아닙니다"), ("is a run of {}, not of {}", "{1}의 실행이 아니라 {0}의 실행입니다"),
    ("is not a list of widths", "너비의 목록이 아닙니다"), ("is missing, or no optimizer", "없거나 옵티마이저가 아닙니다"), ("is no schedule", "스케줄이 아닙니다"),
    ("its settings are out of range", "설정이 범위를 벗어났습니다"), ("is out of range", "범위를 벗어났습니다"),
    ("one sample alone leaves none for --patience to watch", "샘플이 하나뿐이라 --patience로 지켜볼 것이 없습니다"),
    ("the run was begun with {} samples, not {}", "이 실행은 샘플 {1}개가 아니라 {0}개로 시작했습니다"), ("lies behind the end of an epoch", "에폭의 끝을 넘은 곳입니다"),
    ("the loss is not finite with the smallest rates already: no rate helps", "가장 작은 학습률에서도 손실이 유한하지 않아 맞는 학습률이 없습니다"),
    ("is no form of a network: not a model that this backprop train wrote", "신경망의 구조가 아닙니다. 이 버전의 backprop train이 쓴 모델이 아닙니다"),
    ("is missing or no list of sizes: not a model that backprop train wrote", "없거나 크기의 목록이 아닙니다. backprop train이 쓴 모델이 아닙니다"),
    ("no sizes of a network", "신경망의 크기가 아닙니다"), ("a text without characters", "글자가 없는 글입니다"),
    ("an image has three sizes", "이미지의 크기는 세 개입니다"),
    ("no channels", "채널이 없습니다"), ("a text has one size", "글의 크기는 하나입니다"), ("layers of several widths, or none", "층의 너비가 서로 다르거나 층이 없습니다"),
    ("a width that the heads do not divide", "헤드의 수로 나누어지지 않는 너비입니다"),
    ("the network takes {} numbers, the columns give {}", "신경망은 수 {0}개를 받는데 열에서 나오는 수는 {1}개입니다"),
    (
      "images of another size than the network takes, or no means and deviations of three channels",
      "신경망이 받는 크기의 이미지가 아니거나 세 채널의 평균과 표준편차가 없습니다"
    ),
    ("is a model of points that backprop made itself: there is no other data for it", "backprop이 만든 점을 학습한 모델이라 다른 데이터가 없습니다"),
    ("is no model of texts: those come from train text", "글을 학습한 모델이 아닙니다. train text로 만듭니다"),
    ("is no model of digits: there is nothing to draw for it", "숫자를 학습한 모델이 아니라서 그릴 것이 없습니다"),
    ("is no network for images", "이미지용 신경망이 아닙니다"), ("is no network for texts", "글을 위한 신경망이 아닙니다"),
    ("is {}, and the command line says {}", "{0}인데 명령줄에는 {1}이라고 되어 있습니다"), ("is none of {}", "다음 가운데 하나가 아닙니다: {0}"),
    ("is no option of train {}", "train {0}에 없는 옵션입니다"),
    ("has no runs: folders with metrics.jsonl, as backprop train leaves them", "실행이 없습니다. backprop train이 남긴, metrics.jsonl이 있는 폴더여야 합니다"),
    (
      "cannot be read as the settings of a run; hint: name a folder that backprop train wrote",
      "실행의 설정으로 읽을 수 없습니다. backprop train이 쓴 폴더를 지정하세요"
    ),
    ("is \"{}\", which is none", "\"{0}\"인데, 그런 값은 쓸 수 없습니다"),
    ("is {}, which the page has not: it shows runs without it", "{0}인데 페이지에는 없는 옵션입니다. 이 옵션 없는 실행만 엽니다"),
    ("is no optimizer of the page", "페이지에 없는 옵티마이저입니다"), ("is missing; hint: --data names the table", "없습니다. --data로 표를 지정하세요"),
    ("is {}: the page shows runs of spirals, of tables and of digits", "{0}입니다. 페이지는 나선, 표, 숫자의 실행만 엽니다"),
    (
      "has {} characters: a tenth of them, to test on, must be more than the {} of --context",
      "글자가 {0}개입니다. 그 10분의 1로 평가하므로 --context의 {1}개보다 많아야 합니다"
    ),
  ]
}
