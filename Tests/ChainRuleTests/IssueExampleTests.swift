import ChainRule
import Foundation
import Testing

/// The examples people learn back-propagation from, with the numbers and texts PyTorch prints.
struct IssueExampleTests {
  @Test func gradFunctionsAndMean() {
    let x = Tensor([0.5, -1.0, 2.0], requiresGrad: true)
    let y = x + 2
    #expect("\(x)" == "tensor([ 0.5000, -1.0000,  2.0000], requires_grad=True)")
    #expect("\(y)" == "tensor([2.5000, 1.0000, 4.0000], grad_fn=<AddBackward0>)")
    let z = y * y * 2
    #expect("\(z)" == "tensor([12.5000,  2.0000, 32.0000], grad_fn=<MulBackward0>)")
    let mean = z.mean()
    #expect("\(mean)" == "tensor(15.5000, grad_fn=<MeanBackward0>)")
    mean.backward()
    #expect(distance(x.grad!, Tensor([0.5, -1, 2].map { 4 * ($0 + 2) / 3 })) < 1e-6)
    #expect("\(x.grad!)" == "tensor([3.3333, 1.3333, 5.3333])")
  }

  @Test func vectorNeedsASeed() {
    let x = Tensor([0.5, -1.0, 2.0], requiresGrad: true)
    let y = x + 2
    let z = y * y * 2
    #expect(message { z.backward() } == "grad can be implicitly created only for scalar outputs")
    #expect(x.grad == nil)
    z.backward(gradient: Tensor([1.0, 0, 0]))
    #expect(x.grad!.doubles == [10, 0, 0])
  }

  @Test func onesTwoByTwo() {
    let x = Tensor.ones(2, 2, requiresGrad: true)
    let y = x + 1
    let z = 2 * y.pow(2)
    let out = z.mean()
    #expect("\(out)" == "tensor(8., grad_fn=<MeanBackward0>)")
    out.backward()
    #expect("\(x.grad!)" == "tensor([[2., 2.],\n        [2., 2.]])")
  }

  @Test func oneWeight() {
    let x = Tensor(1.0), y = Tensor(2.0)
    let w = Tensor(1.0, requiresGrad: true)
    let loss = (x * w - y).pow(2)
    #expect("\(loss)" == "tensor(1., grad_fn=<PowBackward0>)")
    loss.backward()
    #expect("\(w.grad!)" == "tensor(-2.)")
  }

  private struct Fixture: Decodable {
    struct OneWeight: Decodable {
      let x: [Double], y: [Double], w: Double, lr: Double, before: Double
      let gradients: [[Double]], losses: [Double], after: Double
    }
    let oneWeight: OneWeight
  }

  @Test func trainingLoop() throws {
    let url = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../Fixtures/training.json")
    let expected = try JSONDecoder().decode(Fixture.self, from: Data(contentsOf: url)).oneWeight
    let w = Tensor([expected.w], requiresGrad: true)
    func forward(_ x: Double) -> Tensor { x * w }
    #expect(forward(4).item() == expected.before)
    for (epoch, loss) in expected.losses.enumerated() {
      var last = 0.0
      for (i, (x, y)) in zip(expected.x, expected.y).enumerated() {
        let l = (forward(x) - y).pow(2)
        l.backward()
        #expect(abs(w.grad!.item() - expected.gradients[epoch][i]) < 1e-4)
        w.data -= expected.lr * w.grad!
        w.zeroGrad()
        last = l.item()
      }
      #expect(abs(last - loss) < 1e-4, "epoch \(epoch)")
    }
    #expect(expected.losses.count == 20 && abs(forward(4).item() - 7.9905) < 1e-4)
    #expect(abs(forward(4).item() - expected.after) < 1e-5)
  }

  /// Every link of the chain of a logistic unit: its local derivative by hand, and the product along the path.
  @Test(arguments: [0.0, 1.0]) func binaryCrossEntropyByHand(_ target: Double) {
    withDefaultDType(.float64) {
      let x = 1.5
      let w = Tensor(0.7, requiresGrad: true), b = Tensor(-0.3, requiresGrad: true)
      let s = w * x + b
      let p = s.sigmoid()
      let loss = -(target * p.log() + (1 - target) * (1 - p).log())
      for t in [s, p] { t.retainGrad() }
      loss.backward()
      let sigmoid = 1 / (1 + exp(-(0.7 * x - 0.3)))
      let lossForP = -(target / sigmoid - (1 - target) / (1 - sigmoid)), pForS = sigmoid * (1 - sigmoid)
      #expect(abs(p.grad!.item() - lossForP) < 1e-12)
      #expect(abs(s.grad!.item() - lossForP * pForS) < 1e-12)
      #expect(abs(s.grad!.item() - (sigmoid - target)) < 1e-12)
      #expect(abs(w.grad!.item() - lossForP * pForS * x) < 1e-12)
      #expect(abs(b.grad!.item() - lossForP * pForS) < 1e-12)
    }
  }

  @Test func reluAtZero() {
    let x = Tensor([-1.0, 0.0, 2.0], requiresGrad: true)
    x.relu().sum().backward()
    #expect(x.grad!.doubles == [0, 0, 1])
  }
}
