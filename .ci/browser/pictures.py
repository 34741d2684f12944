"""Writes a picture of every view, in both themes and two widths: pictures.py PROGRAM FOLDER [VIEW ...]. A digit is drawn where
CHAINRULE_DATA holds the files of MNIST. The view "guide" stands for those of Documentation/Play.md, but for the digit."""
import os, subprocess, sys, tempfile, time
from devtools import Browser

program, folder = sys.argv[1:3]
os.makedirs(folder, exist_ok=True)
data = os.path.join(os.environ.get("CHAINRULE_DATA", ""), "mnist")
views = sys.argv[3:] or ["train", "weight", "node", "learn", "formula"] + (["draw"] if os.path.isdir(data) else [])


def serve(*arguments):
    started = subprocess.Popen([program, "play", *arguments], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    return started, started.stdout.readline().strip()


def guide(page, address):
    """The pictures of the guide, under their names."""
    page.size(1200, 2600)
    page.open(f"{address}?{time.time()}#theme=light&lang=en&view=train")
    page.wait("document.querySelector('[data-key=run]') && document.querySelector('.hiddenrow') !== null")
    page.run("document.querySelector('[data-key=run]').click()")
    page.wait("Number(document.querySelectorAll('.train .numbers dd')[0].textContent.replace(',', '')) > 800")
    page.run("document.querySelector('[data-key=run]').click()")
    time.sleep(1)
    page.picture(os.path.join(folder, "play-train.png"), 1200, 1180)
    page.run("document.querySelectorAll('.layer canvas')[0].dispatchEvent(new MouseEvent('click', {clientX: 0, clientY: 0, bubbles: true}))")
    page.wait("document.querySelector('.two svg.chart') !== null")
    page.run("document.querySelector('.two').closest('.card').scrollIntoView()")
    box = page.run("(() => { const b = document.querySelector('.two').closest('.card').getBoundingClientRect(); return [b.x, b.y + scrollY, b.width, b.height]; })()")
    page.picture(os.path.join(folder, "play-weight.png"), box[2], box[3], box[0], box[1])
    for view, height in (("learn", 1000), ("formula", 1230)):
        page.open(f"{address}?{time.time()}#theme=light&lang=en&view={view}&lesson=4")
        page.wait("document.querySelector('.g-edge') !== null")
        time.sleep(1)
        page.picture(os.path.join(folder, f"play-{view}.png"), 1200, height)


server, address = serve()
reader, drawn = None, ""
if "draw" in views:
    with tempfile.TemporaryDirectory() as run:
        subprocess.run([program, "train", "mnist", "--data", data, "--out", run + "/digits"], check=True, capture_output=True)
        reader, drawn = serve(run + "/digits")
browser = Browser()
try:
    page = browser.page()
    if "guide" in views:
        guide(page, address)
        views.remove("guide")
    for theme, language in (("light", "en"), ("dark", "ko")):
        for width in (1440, 390):
            # Tall, as what is out of sight is not painted.
            page.size(width, 3400 if width > 600 else 5200)
            for view in views:
                shown = view if view in ("learn", "formula", "draw") else "train"
                page.open(f"{drawn if view == 'draw' else address}?{time.time()}#view={shown}&theme={theme}&lang={language}&lesson=4")
                if shown == "train":
                    page.wait("document.querySelector('[data-key=run]') && document.querySelector('.hiddenrow') !== null")
                    # A run that is over has no next step to look at.
                    key = "epoch" if view == "node" else "run"
                    page.run(f"document.querySelector('[data-key={key}]').click()")
                    time.sleep(4)
                    if key == "run":
                        page.run("document.querySelector('[data-key=run]').click()")
                    time.sleep(0.5)
                if view == "weight":
                    page.run("document.querySelectorAll('.layer canvas')[0].dispatchEvent(new MouseEvent('click', {clientX: 0, clientY: 0, bubbles: true}))")
                if view == "draw":
                    page.wait("document.querySelectorAll('.answer').length === 10")
                    page.stroke(".sheet", [(0.32, 0.32), (0.36, 0.24), (0.45, 0.18), (0.56, 0.18), (0.65, 0.24), (0.67, 0.33), (0.62, 0.43),
                                           (0.53, 0.53), (0.42, 0.65), (0.3, 0.8), (0.4, 0.79), (0.52, 0.8), (0.62, 0.8), (0.72, 0.79)])
                if view == "node":
                    page.run("document.querySelector('[data-key=node]').click()")
                if view == "formula":
                    page.wait("document.querySelector('.g-edge[role=button]') !== null")
                    page.run("document.querySelector('.g-edge[role=button]').dispatchEvent(new MouseEvent('click', {bubbles: true}))")
                time.sleep(1)
                height = page.run("Math.ceil(document.querySelector('main').getBoundingClientRect().bottom)")
                page.picture(os.path.join(folder, f"{view}-{theme}-{width}.png"), width, height)
    for text in page.problems():
        print(text)
finally:
    browser.close()
    server.terminate()
    if reader:
        reader.terminate()
