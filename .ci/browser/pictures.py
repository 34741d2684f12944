"""Writes a picture of every view, in both themes and two widths: pictures.py PROGRAM FOLDER."""
import os, subprocess, sys, time
from devtools import Browser

program, folder = sys.argv[1:3]
os.makedirs(folder, exist_ok=True)
server = subprocess.Popen([program, "play"], stdout=subprocess.PIPE, text=True)
address = server.stdout.readline().strip()
browser = Browser()
try:
    page = browser.page()
    for theme, language in (("light", "en"), ("dark", "ko")):
        for width in (1440, 390):
            # Tall, as what is out of sight is not painted.
            page.size(width, 3400 if width > 600 else 5200)
            for view in sys.argv[3:] or ("train", "weight", "node", "learn", "formula"):
                shown = view if view in ("learn", "formula") else "train"
                page.open(f"{address}?{time.time()}#view={shown}&theme={theme}&lang={language}&lesson=4")
                if shown == "train":
                    page.wait("document.querySelector('[data-key=run]') && document.querySelector('.hiddenrow') !== null")
                    page.run("document.querySelector('[data-key=run]').click()")
                    time.sleep(4)
                    page.run("document.querySelector('[data-key=run]').click()")
                    time.sleep(0.5)
                if view == "weight":
                    page.run("document.querySelectorAll('.layer canvas')[0].dispatchEvent(new MouseEvent('click', {clientX: 0, clientY: 0, bubbles: true}))")
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
