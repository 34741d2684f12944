import ChainRuleData

/// A run as a program, in Swift and for PyTorch, that gives the same numbers.
struct PlayCode: Encodable {
  let swift: String
  let pytorch: String

  init(_ plan: PlayPlan, _ data: PlayData, stored: PlayStored? = nil) {
    let writer = ProgramWriter(plan: plan, data: data, file: stored.map { ModelForm.file($0.folder) } ?? "")
    swift = writer.swift
    pytorch = writer.pytorch
  }
}

/// Writes the programs, line beside line.
private struct ProgramWriter {
  let plan: PlayPlan
  let data: PlayData
  /// The file of the weights that the run begins with, where it does.
  let file: String

  private var half: Int { plan.samples / 2 }
  private var isFit: Bool { data.classes.isEmpty }

  // MARK: Swift

  var swift: String {
    """
    import ChainRule
    import ChainRuleData
    import ChainRuleNN
    import ChainRuleOptim

    manualSeed(\(plan.seed))
    \(swiftData)
    let model = Sequential {
    \(layers(swiftLayer).map { "  \($0)" }.joined(separator: "\n"))
    }
    \(swiftStart)let optimizer = \(swiftRule)
    \(swiftSchedule)for epoch in 1...\(plan.epochs) {
      var sum = 0.0
      for (x, y) in DataLoader(train, batchSize: \(plan.batch), shuffle: true) {
        let loss = \(swiftLoss("model(x)", "y"))
        optimizer.zeroGrad()
        loss.backward()
        optimizer.step()
        sum += loss.item() * Double(y.count)\(isStepped ? "\n    schedule.step()" : "")
      }
      model.eval()
      let testLoss = noGrad { \(swiftLoss("model(test.inputs)", "test.targets")).item() }
      model.train()\(plan.schedule == .plateau ? "\n  schedule.step(testLoss)" : "")
      print(epoch, sum / Double(train.count), testLoss)
    }

    """
  }

  private var swiftData: String {
    let noise = "Tensor.randn(n, 2) * \(plan.noise)"
    switch plan.data {
    case .spirals:
      return """
        func samples(_ n: Int) -> TensorDataset {   // n in each of the two spirals
          let t = Tensor.rand(2 * n).sqrt(), labels = Tensor.arange(2 * n) .>= n
          let angle = t * (3.5 * Double.pi) + labels.to(.float32) * Double.pi
          let noise = Tensor.randn(2 * n, 2) * \(plan.noise)
          return TensorDataset(stack([t * angle.cos(), t * angle.sin()], dim: 1) + noise, labels.to(.int64))
        }
        let train = samples(\(half)), test = samples(\(half))
        """
    case .moons:
      return """
        func samples(_ n: Int) -> TensorDataset {
          let t = Tensor.rand(n) * Double.pi, labels = Tensor.arange(n) .>= n / 2
          let x = Tensor.where(labels, 1 - t.cos(), t.cos()) - 0.5, y = Tensor.where(labels, 0.5 - t.sin(), t.sin()) - 0.25
          return TensorDataset(stack([x, y], dim: 1) + \(noise), labels.to(.int64))
        }
        let train = samples(\(plan.samples)), test = samples(\(plan.samples))
        """
    case .circles:
      return """
        func samples(_ n: Int) -> TensorDataset {
          let t = Tensor.rand(n) * (2 * Double.pi), labels = Tensor.arange(n) .>= n / 2, radius = 1 - labels.to(.float32) * 0.5
          return TensorDataset(stack([radius * t.cos(), radius * t.sin()], dim: 1) + \(noise), labels.to(.int64))
        }
        let train = samples(\(plan.samples)), test = samples(\(plan.samples))
        """
    case .xor:
      return """
        func samples(_ n: Int) -> TensorDataset {
          let x = Tensor.rand(n, 2) * 2 - 1
          return TensorDataset(x + \(noise), ((x[.all, 0] * x[.all, 1]) .> 0).to(.int64))
        }
        let train = samples(\(plan.samples)), test = samples(\(plan.samples))
        """
    case .regression:
      return """
        func samples(_ n: Int) -> TensorDataset {
          let x = Tensor.rand(n, 1) * 2 - 1
          let y = (x * 5).sin() * 0.5 + x * 0.3 + Tensor.randn(n, 1) * \(plan.noise)
          return TensorDataset(x, y.flattened())
        }
        let train = samples(\(plan.samples)), test = samples(\(plan.samples))
        """
    case .csv:
      return """
        // The table's columns, prepared as `backprop train table` does: a fifth of the rows is kept to test on.
        let train = TensorDataset(trainInputs, trainTargets), test = TensorDataset(testInputs, testTargets)
        """
    }
  }

  private func layers(_ write: (String, [Int]) -> String) -> [String] {
    var lines: [String] = [], width = data.inputs
    for layer in plan.hidden {
      lines.append(write("linear", [width, layer.width]))
      if plan.norm != .none { lines.append(write("\(plan.norm)", [layer.width])) }
      if layer.activation != .identity { lines.append(write("\(layer.activation)", [])) }
      if plan.dropout > 0 { lines.append(write("dropout", [])) }
      width = layer.width
    }
    return lines + [write("linear", [width, data.outputs])]
  }

  private static let names = [
    "linear": "Linear", "batch": "BatchNorm1d", "layer": "LayerNorm", "relu": "ReLU", "tanh": "Tanh", "sigmoid": "Sigmoid", "gelu": "GELU",
    "leakyRelu": "LeakyReLU", "dropout": "Dropout",
  ]

  private func swiftLayer(_ kind: String, _ sizes: [Int]) -> String { call(kind, sizes) }

  private func call(_ kind: String, _ sizes: [Int]) -> String {
    let arguments = kind == "dropout" ? "\(plan.dropout)" : sizes.map(String.init).joined(separator: ", ")
    return "\(Self.names[kind] ?? kind)(\(arguments))"
  }

  private var swiftStart: String {
    let calls: [String]
    switch plan.start {
    case .standard: return ""
    case .stored: return "try model.load(loadSafetensors(\(jsonText(file))))\n"
    case .xavier: calls = ["Initialize.xavierUniform(layer.weight)"]
    case .kaiming: calls = ["Initialize.kaimingNormal(layer.weight, nonlinearity: .relu)"]
    case .orthogonal: calls = ["Initialize.orthogonal(layer.weight)"]
    case .zeros: calls = ["Initialize.zeros(layer.weight)", "Initialize.zeros(layer.bias!)"]
    case .large: calls = ["Initialize.normal(layer.weight, std: 3)"]
    }
    return "for case let layer as Linear in model.layers {\n" + calls.map { "  \($0)\n" }.joined() + "}\n"
  }

  private var swiftRule: String {
    let decay = plan.weightDecay > 0 || plan.optimizer == .adamw ? ", weightDecay: \(plan.weightDecay)" : ""
    let momentum = plan.momentum > 0 && (plan.optimizer == .sgd || plan.optimizer == .rmsprop) ? ", momentum: \(plan.momentum)" : ""
    let start = "(model.parameters(), lr: \(plan.lr)"
    switch plan.optimizer {
    case .sgd: return "SGD\(start)\(momentum)\(decay))"
    case .adam: return "Adam\(start)\(decay))"
    case .adamw: return "AdamW\(start)\(decay))"
    case .rmsprop: return "RMSprop\(start)\(decay)\(momentum))"
    case .adagrad: return "Adagrad\(start)\(decay))"
    }
  }

  private var steps: Int { plan.epochs * ((data.train.count + plan.batch - 1) / plan.batch) }
  private var isStepped: Bool { plan.schedule != .constant && plan.schedule != .plateau }

  private var swiftSchedule: String {
    switch plan.schedule {
    case .constant: ""
    case .cosine: "let schedule = CosineAnnealingLR(optimizer, tMax: \(steps))\n"
    case .linear: "let schedule = LinearLR(optimizer, startFactor: 1, endFactor: 0, totalIters: \(steps))\n"
    case .onecycle: "let schedule = OneCycleLR(optimizer, maxLR: \(plan.lr), totalSteps: \(steps))\n"
    case .step: "let schedule = StepLR(optimizer, stepSize: \((steps + 2) / 3))\n"
    case .plateau: "let schedule = ReduceLROnPlateau(optimizer, factor: 0.5, patience: 3)\n"
    }
  }

  private func swiftLoss(_ output: String, _ target: String) -> String {
    switch plan.loss {
    case .crossEntropy: "crossEntropy(\(output), \(target))"
    case .multiMargin: "multiMarginLoss(\(output), \(target))"
    case .mse: "mseLoss(\(output).flattened(), \(target))"
    case .l1: "l1Loss(\(output).flattened(), \(target))"
    case .huber: "huberLoss(\(output).flattened(), \(target))"
    }
  }

  // MARK: PyTorch

  var pytorch: String {
    """
    import math
    \(plan.start == .stored ? "import safetensors.torch\n" : "")import torch
    from torch import nn
    from torch.utils.data import DataLoader, TensorDataset

    torch.manual_seed(\(plan.seed))
    \(pythonData)
    model = nn.Sequential(
    \(layers { "    nn.\(call($0, $1))," }.joined(separator: "\n"))
    )
    \(pythonStart)optimizer = \(pythonRule)
    \(pythonSchedule)for epoch in range(1, \(plan.epochs + 1)):
        total = 0.0
        for x, y in DataLoader(train, batch_size=\(plan.batch), shuffle=True):
            loss = \(pythonLoss("model(x)", "y"))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += loss.item() * len(y)\(isStepped ? "\n        schedule.step()" : "")
        model.eval()
        with torch.no_grad():
            test_loss = \(pythonLoss("model(test.tensors[0])", "test.tensors[1]")).item()
        model.train()\(plan.schedule == .plateau ? "\n    schedule.step(test_loss)" : "")
        print(epoch, total / len(train), test_loss)

    """
  }

  private var pythonData: String {
    let noise = "\(plan.noise) * torch.randn(n, 2)"
    switch plan.data {
    case .spirals:
      return """
        def samples(n):  # n in each of the two spirals
            t = torch.rand(2 * n).sqrt()
            labels = torch.arange(2 * n) >= n
            angle = t * (3.5 * math.pi) + labels.float() * math.pi
            noise = torch.randn(2 * n, 2) * \(plan.noise)
            return TensorDataset(torch.stack([t * angle.cos(), t * angle.sin()], 1) + noise, labels.long())
        train, test = samples(\(half)), samples(\(half))
        """
    case .moons:
      return """
        def samples(n):
            t, labels = torch.rand(n) * math.pi, torch.arange(n) >= n // 2
            x = torch.where(labels, 1 - t.cos(), t.cos()) - 0.5
            y = torch.where(labels, 0.5 - t.sin(), t.sin()) - 0.25
            return TensorDataset(torch.stack([x, y], 1) + \(noise), labels.long())
        train, test = samples(\(plan.samples)), samples(\(plan.samples))
        """
    case .circles:
      return """
        def samples(n):
            t, labels = torch.rand(n) * (2 * math.pi), torch.arange(n) >= n // 2
            radius = 1 - labels.float() * 0.5
            return TensorDataset(torch.stack([radius * t.cos(), radius * t.sin()], 1) + \(noise), labels.long())
        train, test = samples(\(plan.samples)), samples(\(plan.samples))
        """
    case .xor:
      return """
        def samples(n):
            x = torch.rand(n, 2) * 2 - 1
            return TensorDataset(x + \(noise), (x[:, 0] * x[:, 1] > 0).long())
        train, test = samples(\(plan.samples)), samples(\(plan.samples))
        """
    case .regression:
      return """
        def samples(n):
            x = torch.rand(n, 1) * 2 - 1
            y = (x * 5).sin() * 0.5 + x * 0.3 + torch.randn(n, 1) * \(plan.noise)
            return TensorDataset(x, y.flatten())
        train, test = samples(\(plan.samples)), samples(\(plan.samples))
        """
    case .csv:
      return """
        # The table's columns, prepared as `backprop train table` does: a fifth of the rows is kept to test on.
        train, test = TensorDataset(train_inputs, train_targets), TensorDataset(test_inputs, test_targets)
        """
    }
  }

  private var pythonStart: String {
    let calls: [String]
    switch plan.start {
    case .standard: return ""
    case .stored: return "model.load_state_dict(safetensors.torch.load_file(\(jsonText(file))))\n"
    case .xavier: calls = ["nn.init.xavier_uniform_(layer.weight)"]
    case .kaiming: calls = ["nn.init.kaiming_normal_(layer.weight, nonlinearity='relu')"]
    case .orthogonal: calls = ["nn.init.orthogonal_(layer.weight)"]
    case .zeros: calls = ["nn.init.zeros_(layer.weight)", "nn.init.zeros_(layer.bias)"]
    case .large: calls = ["nn.init.normal_(layer.weight, std=3)"]
    }
    return "for layer in model:\n    if isinstance(layer, nn.Linear):\n" + calls.map { "        \($0)\n" }.joined()
  }

  private var pythonRule: String {
    "torch.optim."
      + swiftRule.replacing("model.parameters(), lr: ", with: "model.parameters(), lr=").replacing("weightDecay: ", with: "weight_decay=")
      .replacing("momentum: ", with: "momentum=")
  }

  private var pythonSchedule: String {
    let module = "schedule = torch.optim.lr_scheduler."
    return switch plan.schedule {
    case .constant: ""
    case .cosine: "\(module)CosineAnnealingLR(optimizer, T_max=\(steps))\n"
    case .linear: "\(module)LinearLR(optimizer, start_factor=1, end_factor=0, total_iters=\(steps))\n"
    case .onecycle: "\(module)OneCycleLR(optimizer, max_lr=\(plan.lr), total_steps=\(steps))\n"
    case .step: "\(module)StepLR(optimizer, step_size=\((steps + 2) / 3))\n"
    case .plateau: "\(module)ReduceLROnPlateau(optimizer, factor=0.5, patience=3)\n"
    }
  }

  private func pythonLoss(_ output: String, _ target: String) -> String {
    switch plan.loss {
    case .crossEntropy: "nn.functional.cross_entropy(\(output), \(target))"
    case .multiMargin: "nn.functional.multi_margin_loss(\(output), \(target))"
    case .mse: "nn.functional.mse_loss(\(output).flatten(), \(target))"
    case .l1: "nn.functional.l1_loss(\(output).flatten(), \(target))"
    case .huber: "nn.functional.huber_loss(\(output).flatten(), \(target))"
    }
  }
}
