"""Every clip and sound format the archive ships is played by a real browser."""

import base64
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from dam.services.presets.shipped import PRESETS
from tests.services.test_presets_clips import SECONDS, clip_id, leave, soft_clip

__all__ = ["clip_id", "soft_clip"]
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not Path("/usr/bin/chromium").exists(), reason="needs Debian's chromium"),
]
TYPES = {"mp4": "video/mp4", "mp3": "audio/mpeg", "wav": "audio/wav"}
PLAYED = {one.key: one.format for one in PRESETS if one.format in TYPES}
PLAY = """async ([tag, address]) => {
    const player = document.createElement(tag);
    player.muted = true;
    player.src = address;
    document.body.append(player);
    await new Promise((heard, failed) => {
        player.onended = heard;
        player.onerror = () => failed(new Error(player.error.message));
        player.play().catch(failed);
    });
    return [player.currentTime, player.videoWidth ?? 0, player.videoHeight ?? 0];
}"""


def test_every_clip_and_sound_format_is_played_to_its_end(archive, clip_id, tmp_path):
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        page = browser.new_page()
        for key, form in PLAYED.items():
            data = base64.b64encode(leave(archive, clip_id, key, tmp_path).read_bytes()).decode()
            tag = "video" if form == "mp4" else "audio"
            ended, width, height = page.evaluate(PLAY, [tag, f"data:{TYPES[form]};base64,{data}"])
            assert ended == pytest.approx(SECONDS, abs=0.25), key
            assert form != "mp4" or (width > 0 and height == 360), key
        browser.close()
    assert len(PLAYED) >= 9
