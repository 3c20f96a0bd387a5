"""What axe finds on a page that stands still."""

from axe_core_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

# Half a fade is half a colour, and what waits for the server is dimmed. What begins to move after this is
# over at once, for motion is reduced.
STILL = """() => Promise.race([
  Promise.allSettled(document.getAnimations().map((one) => one.finished)),
  new Promise((done) => setTimeout(done, 1000)),
])"""


def grave(page: Page) -> list[str]:
    """Every fault that axe calls serious or critical: address, rule, where, and what is wrong."""
    page.emulate_media(reduced_motion="reduce")
    expect(page.locator("[aria-busy=true]")).to_have_count(0)
    page.evaluate(STILL)
    return [
        f"{page.url}: {one['id']}: {node['target']} {node['html'][:160]} {node['failureSummary'][:240]}"
        for one in Axe().run(page)["violations"]
        if one["impact"] in ("serious", "critical")
        for node in one["nodes"]
    ]
