extension Translation {
  /// What is said of tables.
  static let tableSentences: [Pair] = [
    ("{}; the fields are separated by {}, not by {}: name the separator", "{0}. 구분자가 {2} 대신 {1}인 것 같으니 지정하세요"),
    (
      "{}; line {} begins with #: CSV has no comments, the first line names the columns",
      "{0}. {1}번째 줄이 #으로 시작합니다. CSV에는 주석이 없고 첫 줄이 열 이름입니다"
    ),
    ("{}; the line ends with {}, that of the names does not", "{0}. 이 줄의 끝은 {1}인데 열 이름의 줄은 그렇지 않습니다"),
    ("the text is UTF-16; save it as UTF-8", "UTF-16으로 된 글입니다. UTF-8로 저장하세요"),
    ("byte {} of the file is not UTF-8", "파일의 {0}번째 바이트가 UTF-8이 아닙니다"),
    (
      "a zero byte in field {} (byte {} of the file): the file is damaged, or no UTF-8 text",
      "{0}번째 필드(파일의 {1}번째 바이트)에 0바이트가 있습니다. 파일이 깨졌거나 UTF-8이 아닙니다"
    ),
    ("a row of more than {} bytes", "한 행이 {0}바이트를 넘습니다"),
    ("a quotation mark within a field that does not begin with one", "따옴표로 시작하지 않는 필드 안에 따옴표가 있습니다"),
    ("a quoted field without an end", "따옴표로 시작한 필드가 끝나지 않습니다"),
    ("a carriage return without a line feed after it; lines end with LF or CRLF", "뒤에 LF가 없는 CR이 있습니다. 줄은 LF나 CRLF로 끝나야 합니다"),
    ("text after the end of a quoted field", "따옴표로 끝난 필드 뒤에 글자가 있습니다"),
    ("the delimiter {} is not one ASCII character that can delimit", "구분자 {0}은(는) 쓸 수 없습니다. ASCII 글자 하나여야 합니다"),
    ("a table has at least one column", "표에는 열이 하나 이상 있어야 합니다"),
    ("a tensor of shape {} is no table of {} columns", "형태가 {0}인 텐서는 열이 {1}개인 표가 아닙니다"),
    ("the tensor's elements cannot be read inside a transform", "변환 안에서는 텐서의 원소를 읽을 수 없습니다"),
    ("{} fields, where there are {} columns", "필드가 {0}개인데 열은 {1}개입니다"), ("{} field, where there are {} columns", "필드가 {0}개인데 열은 {1}개입니다"),
    ("{} fields, where there is {} column", "필드가 {0}개인데 열은 {1}개입니다"),
    ("is blank, where the names of the columns should be", "열 이름이 있어야 할 줄이 비어 있습니다"), ("is blank", "빈 줄입니다"),
    ("{} is too large for a 64-bit number", "{0}은(는) 64비트 수로 나타내기에 너무 큽니다"), ("{} is not a finite number", "{0}은(는) 유한한 수가 아닙니다"),
    (
      "{} is not {}: numbers are written with a point before their decimals and nothing between thousands",
      "{0}은(는) {1}가 아닙니다. 소수점은 점으로 쓰고, 천 단위에는 아무것도 쓰지 않습니다"
    ),
    ("{} is not a number", "{0}은(는) 수가 아닙니다"), ("{} is not an integer", "{0}은(는) 정수가 아닙니다"),
    ("is empty, where {} should be", "{0}가 있어야 할 칸이 비어 있습니다"),
    ("no column of this name; the table has {}", "이런 이름의 열이 없습니다. 표에 있는 열: {0}"),
    ("columns {} and {} are both named {}", "{0}번째 열과 {1}번째 열의 이름이 모두 {2}입니다"),
    ("lies too far from the column's mean for a 32-bit number", "열의 평균에서 너무 멀어 32비트 수로 나타낼 수 없습니다"),
    ("{} is no label, where the others are numbers", "다른 레이블은 수인데 {0}은(는) 아닙니다"), ("the label is missing", "레이블이 빠졌습니다"),
    ("{} is none of the classes {}", "{0}은(는) 다음 클래스 가운데 하나가 아닙니다: {1}"), ("{} is none of {}", "{0}은(는) 다음 가운데 하나가 아닙니다: {1}"),
    ("is empty, and empty cells are refused", "비어 있습니다. 빈칸은 받지 않기로 했습니다"),
    ("there is no row {}: the table has {}, counted from 0", "{0}번 행이 없습니다. 표의 행은 0번부터 {1}개입니다"),
    ("has no rows: nothing to learn from", "행이 없어 학습할 것이 없습니다"), ("has no rows: nothing to test on", "행이 없어 평가할 것이 없습니다"),
    ("has one row: nothing to test on", "행이 하나뿐이라 평가할 것이 없습니다"), ("is empty in every row: leave the column out", "모든 행이 비어 있습니다. 이 열을 빼세요"),
    (
      "{} different texts in {} rows, and {} categories are the most: leave the column out, or raise the limit",
      "행 {1}개에 서로 다른 문자열이 {0}개입니다. 범주는 {2}개까지이니 이 열을 빼거나 한도를 늘리세요"
    ),
    (
      "{} is a date: leave the column out, or put numbers in its place (year, month, days since a day)",
      "{0}은(는) 날짜입니다. 이 열을 빼거나 수(연, 월, 어느 날부터의 일수)로 바꾸세요"
    ),
    ("has no column but {}: nothing to learn from", "{0} 말고는 열이 없어 학습할 것이 없습니다"),
    (
      "column {} has no name: give it one in the first line, or leave it out (pandas writes its row numbers so, unless index=False)",
      "{0}번째 열에 이름이 없습니다. 첫 줄에 이름을 쓰거나 그 열을 빼세요(pandas는 index=False가 아니면 행 번호를 이렇게 씁니다)"
    ),
    ("every row has the label {}: there is nothing to tell apart", "모든 행의 레이블이 {0}이라 구분할 것이 없습니다"),
    ("every row has {}: there is nothing to predict", "모든 행의 값이 {0}이라 예측할 것이 없습니다"),
    ("lies too far from its mean for 32-bit numbers", "평균에서 너무 멀어 32비트 수로 나타낼 수 없습니다"),
    ("{} classes, and 10000 are the most", "클래스가 {0}개입니다. 10000개까지 쓸 수 있습니다"),
    ("{} classes; 64 are the most that is shown", "클래스가 {0}개입니다. 페이지는 64개까지 보여 줍니다"),
    ("has {} rows; from 2 to {} are shown", "행이 {0}개입니다. 페이지는 2개부터 {1}개까지 보여 줍니다"),
    ("has one column: nothing to learn from", "열이 하나뿐이라 학습할 것이 없습니다"),
    ("gives {} numbers for each row; from 1 to 64 are shown", "행마다 수가 {0}개 나옵니다. 페이지는 1개부터 64개까지 보여 줍니다"),
    ("is a column already: rename it, predictions are written under this name", "이미 있는 열입니다. 예측을 이 이름으로 쓰므로 이름을 바꾸세요"),
    ("{}: numbers; {} missing become the {}, {}, and are marked", "{0}: 수. 빈칸 {1}개는 {2}({3})으로 채우고 표시합니다"),
    ("{}: numbers; {} missing become the {}, {}", "{0}: 수. 빈칸 {1}개는 {2}({3})으로 채웁니다"), ("{}: numbers", "{0}: 수"),
    ("{}: {} categories; {} missing are a category of their own", "{0}: 범주 {1}개. 빈칸 {2}개는 따로 한 범주로 봅니다"),
    ("{}: {} categories; {} missing become the most frequent, {}", "{0}: 범주 {1}개. 빈칸 {2}개는 가장 흔한 {3}(으)로 채웁니다"),
    ("{}: {} categories", "{0}: 범주 {1}개"),
  ]

  /// What is wrong with images and with the files of MNIST.
  static let imageSentences: [Pair] = [
    ("has no {}; looked for {}", "{0}이(가) 없습니다. 찾아본 이름: {1}"),
    ("the last record is cut short; each has {} bytes", "마지막 레코드가 잘렸습니다. 하나가 {0}바이트입니다"),
    ("the label {}, where there are {} classes", "레이블이 {0}인데 클래스는 {1}개입니다"),
    ("{} of {}, where images are [N, height, width] of uint8", "{1} 자료형의 {0}입니다. 이미지는 uint8의 [N, 높이, 너비]여야 합니다"),
    ("{}: images of no pixels", "{0}: 픽셀이 없는 이미지입니다"),
    ("{} of {}, where labels are [N] of uint8", "{1} 자료형의 {0}입니다. 레이블은 uint8의 [N]이어야 합니다"),
    ("{} labels for the {} images of {}", "{2}의 이미지는 {1}개인데 레이블은 {0}개입니다"),
    ("the sizes {} are too large to multiply", "크기 {0}은(는) 곱하기에 너무 큽니다"),
    ("{} of {} take {} bytes, the file has {} after its header", "{1} 자료형의 {0}은(는) {2}바이트인데 파일의 머리글 뒤에는 {3}바이트가 있습니다"),
    ("the file is cut short within its magic number", "매직 넘버 안에서 파일이 끝났습니다"),
    ("not an IDX file: it does not begin with two zero bytes", "IDX 파일이 아닙니다. 0바이트 두 개로 시작하지 않습니다"),
    ("{} is no element type of IDX", "{0}은(는) IDX의 자료형이 아닙니다"), ("the file is cut short within its {} sizes", "크기 {0}개를 적은 곳에서 파일이 끝났습니다"),
    ("neither a PNG nor a JPEG image", "PNG도 JPEG도 아닙니다"),
    ("a tensor of shape {} is no image of 1 to 4 channels", "형태가 {0}인 텐서는 채널이 1개부터 4개까지인 이미지가 아닙니다"),
    ("an image is of uint8 or real numbers from 0 to 1, not of {}", "이미지는 uint8이나 0부터 1까지의 실수여야 하는데 {0}입니다"),
    ("the image cannot be read here", "여기서는 이미지를 읽을 수 없습니다"),
    ("has no folders: there is one for each class, with its images", "폴더가 없습니다. 클래스마다 이미지가 든 폴더가 하나씩 있어야 합니다"),
    ("folders nested more than 64 deep, or linked in a circle", "폴더가 64겹보다 깊거나 링크가 빙글빙글 돕니다"),
    ("takes inputs of {}, the images of {} are {}", "입력의 크기가 {0}인데 {1}의 이미지는 {2}입니다"), ("has no images", "이미지가 없습니다"),
    ("has no images: nothing to learn from", "이미지가 없어 학습할 것이 없습니다"), ("has no images: nothing to test on", "이미지가 없어 평가할 것이 없습니다"),
    ("has one image: nothing to test on", "이미지가 하나뿐이라 평가할 것이 없습니다"), ("has images of another size than {}", "이미지의 크기가 {0}의 이미지와 다릅니다"),
    ("every image has the label {}: there is nothing to tell apart", "모든 이미지의 레이블이 {0}이라 구분할 것이 없습니다"),
    ("has a label that the model does not know", "모델이 모르는 레이블이 있습니다"),
    ("has a label that {} has not", "{0}에 없는 레이블이 있습니다"), ("has a class {} that {} has not", "{1}에 없는 클래스 {0}이(가) 있습니다"),
    ("has one class, {}: there is nothing to tell apart", "클래스가 {0} 하나뿐이라 구분할 것이 없습니다"),
  ]
}
