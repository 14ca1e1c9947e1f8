"""Mails and the public page: nothing that a user typed is code in them."""

import re
from datetime import UTC, datetime

import pytest
from kefir import page
from kefir.mails import code_mail, reminder_mail
from kefir.models import Milk, PublicBatch, Step

EVIL = '"><script>alert(1)</script> $digits ${style} & Söhne'
PHOTO = "https://photos.example.com/photos/1.jpg?a=1&b=2"


def batch(**changes):
    fields = {"id": "B1", "name": "Mild", "milk": "cow", "started_at": datetime(2026, 3, 1, tzinfo=UTC), "photo": PHOTO}
    return PublicBatch(**{**fields, **changes})


def test_the_page_shows_the_batch():
    made = page.page(batch())
    assert "<h1>Mild</h1>" in made
    assert "Kefir of cow&#x27;s milk, begun on 1 March 2026." in made
    assert 'src="https://photos.example.com/photos/1.jpg?a=1&amp;b=2"' in made


@pytest.mark.parametrize("milk", Milk)
def test_every_milk_has_its_words(milk):
    assert f"Kefir of {milk}" in page.page(batch(milk=milk)).replace("sugar water", "water")


def test_without_a_photo_there_is_no_image():
    assert "<img" not in page.page(batch(photo=None))


def test_names_are_escaped_everywhere():
    made = page.page(batch(name=EVIL))
    assert "<script" not in made
    assert made.count("&lt;script&gt;") == 3
    assert "$digits ${style} &amp; Söhne" in made
    mail = reminder_mail(EVIL, Step.STRAIN)
    assert "<script" not in mail.html
    assert EVIL in mail.text


def test_the_page_may_load_its_style_and_its_photo_and_nothing_else():
    """https://developer.mozilla.org/docs/Web/HTTP/CSP"""
    import base64
    import hashlib

    policy = page.headers(PHOTO)["Content-Security-Policy"]
    style = re.search("<style>(.*?)</style>", page.page(batch()), re.DOTALL)[1]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in policy
    assert "default-src 'none'; img-src https://photos.example.com;" in policy
    assert "img-src 'none'" in page.headers()["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "script-src" not in policy
    assert 'style="' not in page.page(batch())


@pytest.mark.parametrize(
    ("suffix", "accept", "as_page"),
    [
        ("", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", True),
        ("", "TEXT/HTML", True),
        ("", "text/*", True),
        ("", "", False),
        ("", "*/*", False),
        ("", "application/json, text/html;q=0.9", False),
        ("", "application/json;q=0.5, text/html;q=0.9", True),
        ("", "text/html;q=0", False),
        ("", "text/html;q=nonsense", False),
        ("", ";;q=,,", False),
        ("html", "application/json", True),
        ("json", "text/html", False),
    ],
)
def test_a_page_or_json_as_the_caller_likes(suffix, accept, as_page):
    assert page.wants_html(suffix, accept) is as_page


def test_the_mail_with_the_code_has_it_in_both_parts_but_not_in_the_subject():
    mail = code_mail("012345", 5)
    assert "012345" in mail.text
    assert "012345" in mail.html
    assert "5 minutes" in mail.text
    assert "012345" not in mail.subject
    assert "012345" not in repr(mail)


def test_the_mail_of_a_reminder_says_what_to_do():
    mail = reminder_mail("Mild", Step.FEED)
    assert mail.subject == "Mild: time to feed the grains"
    assert "feed the grains: Mild" in mail.text
    assert "feed the grains: <strong>Mild</strong>" in mail.html
