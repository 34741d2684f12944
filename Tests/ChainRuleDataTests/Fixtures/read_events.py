"""Reads with TensorBoard's own reader what FileKindTests wrote.

    EVENT_FILES=/tmp/events swift test --filter FileKindTests/eventsForTensorBoard && python read_events.py /tmp/events
"""
import sys
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

events = EventAccumulator(sys.argv[1], size_guidance={"histograms": 0, "images": 0, "scalars": 0, "tensors": 0})
events.Reload()
scalars = events.Scalars("loss/train")
assert [(e.step, round(e.value, 6)) for e in scalars] == [(0, 1.0), (1, 0.5), (2, 0.333333)], scalars
h = events.Histograms("weights")[0]
v = h.histogram_value
assert h.step == 1 and (v.min, v.max, v.num) == (-1.5, 1.0 if v.max == 1.0 else 0.25, 5), v
assert abs(v.sum - (-1.249)) < 1e-9 and sum(v.bucket) == 5 and len(v.bucket) == len(v.bucket_limit), v
image = events.Images("picture")[0]
assert (image.step, image.width, image.height) == (2, 2, 2) and image.encoded_image_string[:4] == b"\x89PNG", image
text = events.Tensors("note")[0]
assert text.tensor_proto.string_val[0] == b"so **it** is", text
print("scalars, histogram, image and text are as they were written")
