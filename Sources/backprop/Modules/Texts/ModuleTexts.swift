// The declarations' own words: a test compares them, and writes them anew with CHAINRULE_RECORD=1.
enum ModuleTexts {
  static let all: [(name: String, text: String)] = [
    ("Activation", activation),
    ("Pooling", pooling),
    ("ChannelNormalization", channelNormalization),
    ("Linear", linear),
    ("Convolution", convolution),
    ("Dropout", dropout),
    ("Embedding", embedding),
    ("Recurrence", recurrence),
    ("Normalization", normalization),
    ("LazyLayers", lazyLayers),
    ("Attention", attention),
    ("Padding", padding),
    ("Reshaping", reshaping),
    ("ClassificationLosses", classificationLosses),
    ("MarginLosses", marginLosses),
    ("RegressionLosses", regressionLosses),
    ("Containers", containers),
    ("Optimizers", optimizers),
    ("Schedules", schedules),
  ]
}
