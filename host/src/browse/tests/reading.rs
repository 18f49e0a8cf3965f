//! Hostile pages first, then what a reader sees of good ones.

use std::time::{Duration, Instant};

use proptest::prelude::*;
use url::Url;
use workbooks_bindings::engine::browse::{Format, Page};

use crate::browse::page::{Answer, BODY, read};
use crate::capability::Refusal;

/// Enough that what is quadratic would be seen.
const BYTES: usize = 1 << 18;

fn try_page(html: impl Into<Vec<u8>>, format: Format) -> Result<Page, Refusal> {
    let answer = Answer {
        url: Url::parse("https://example.org/a/b").unwrap(),
        media: Some("text/html; charset=utf-8".into()),
        coding: None,
        body: html.into(),
    };
    read(answer, format, Instant::now() + Duration::from_mins(1))
}

fn page(html: &str, format: Format) -> Page {
    try_page(html, format).unwrap()
}

fn markdown(html: &str) -> String {
    page(html, Format::Markdown).body
}

fn numbered(count: usize, before: &str, after: &str) -> String {
    (0..count).fold(String::new(), |text, n| text + before + &n.to_string() + after)
}

fn all_formats(html: &str) {
    for format in [Format::Text, Format::Markdown, Format::Html] {
        // Linear work ends long before the deadline, anything quadratic after it.
        match try_page(html, format) {
            Ok(page) => assert!(page.body.len() <= BODY),
            Err(refusal) => assert_eq!(refusal, Refusal::TooLarge(BODY as u64)),
        }
    }
}

#[test]
fn deep_nesting_neither_overflows_the_stack_nor_takes_long() {
    for tag in
        ["<div>", "<b>", "<ul><li>", "<blockquote>", "<table><tr><td>", "<a href=x>", "<font>"]
    {
        all_formats(&format!("{}x{}", tag.repeat(20_000), "</div></b></td>".repeat(20_000)));
    }
    let deepest = try_page("<div>".repeat(100_000) + "x", Format::Text).unwrap();
    assert_eq!(deepest.body, "x");
}

#[test]
fn a_page_of_one_thing_is_read_in_linear_time() {
    for unit in
        ["<", "<p>", "<b><p></b>", "</p>", "&amp", "&", "<a ", "<!--", "<![CDATA[", "<pre>`", "`"]
    {
        all_formats(&unit.repeat(BYTES / unit.len()));
    }
    let largest = try_page("<".repeat(BODY), Format::Text).unwrap();
    assert_eq!(largest.body.len(), BODY);
    let attributes = numbered(100_000, " a", "");
    all_formats(&format!("<p{attributes}>x"));
}

#[test]
fn what_is_shown_is_never_longer_than_the_cap() {
    let base = format!("<base href=\"https://example.org/{}/\">", "b".repeat(2_000));
    let bomb = base + &"<a href=x>y</a> ".repeat(200_000);
    assert_eq!(try_page(bomb.clone(), Format::Markdown).unwrap_err(), Refusal::TooLarge(4 << 20));
    assert_eq!(try_page(bomb.clone(), Format::Html).unwrap_err(), Refusal::TooLarge(4 << 20));
    assert_eq!(page(&bomb, Format::Text).links.len(), 1);
}

#[test]
fn a_deadline_that_has_passed_ends_the_reading() {
    let answer = Answer {
        url: Url::parse("https://example.org/").unwrap(),
        media: None,
        coding: None,
        body: b"<p>x".to_vec(),
    };
    assert_eq!(read(answer, Format::Text, Instant::now()).unwrap_err(), Refusal::Timeout);
}

#[test]
fn what_is_no_page_is_refused() {
    for media in ["image/png", "application/octet-stream", "video/mp4", "", "text"] {
        let refused = crate::browse::page::check_media(Some(media)).unwrap_err();
        assert!(matches!(refused, Refusal::Unsupported(_)), "{media}");
    }
}

#[test]
fn scripts_styles_comments_and_what_is_hidden_are_left_out() {
    let html = "<style>s1</style><script>'<p>s2</p>'</script><noscript>s3</noscript><!-- s4 -->\
        <svg><title>s5</title></svg><svg/><template>s6</template><p hidden>s7</p>\
        <div style='Display : none'>s8</div><span aria-hidden=true>s9</span><input hidden>\
        <iframe src=x>s10</iframe><p onclick='s11' style='color:red'>seen</p>";
    for format in [Format::Text, Format::Markdown, Format::Html] {
        let body = page(html, format).body;
        assert!(body.contains("seen"), "{body}");
        assert!(!body.contains('s') || !body.replace("seen", "").contains('s'), "{body}");
    }
}

#[test]
fn cleaned_html_is_well_formed_and_holds_nothing_that_acts() {
    let html = "<p>a<b>b<p>c</b><a href='javascript:x' onclick=y>d</a><img src=/i.png alt='\"<' onerror=z>";
    assert_eq!(
        page(html, Format::Html).body,
        "<p>a<strong>b</strong></p><p>c<a>d</a><img src=\"https://example.org/i.png\" alt=\"&quot;&lt;\"></p>"
    );
}

#[test]
fn text_of_a_page_cannot_pose_as_markdown() {
    assert_eq!(
        markdown("<p># a *b* [c](d) `e` snake_case _f_ &lt;g&gt; &amp;lt;</p><p>1. x<br>- y</p>"),
        "\\# a \\*b\\* \\[c\\](d) \\`e\\` snake_case \\_f\\_ \\<g> \\&lt;\n\n1\\. x\n\\- y"
    );
    assert_eq!(markdown("<pre>```\nx</pre>"), "````\n```\nx\n````");
    assert_eq!(markdown("<code>a`b</code>"), "``a`b``");
}

#[test]
fn markdown_keeps_headings_lists_links_quotes_code_and_tables() {
    let html = "<h2>One <i>two</i></h2><p>A <a href='/x?(y)'>link</a> and <b> bold </b>.</p>\
        <ul><li>a<ul><li>b</li></ul><li><p>c</p></ul><ol><li>d<li>e</ol>\
        <blockquote><p>q</p><p>r</p></blockquote><pre><code>let x;\n  y</code></pre>\
        <table><tr><th>h</th><th>i|j</th></tr><tr><td>k</td><td></td></tr></table><hr>\
        <img src=p.png alt=pic>";
    assert_eq!(
        markdown(html),
        "## One *two*\n\nA [link](https://example.org/x?%28y%29) and **bold** .\n\n- a\n  - b\n- c\n\n\
         1. d\n2. e\n\n> q\n>\n> r\n\n```\nlet x;\n  y\n```\n\n| h | i\\|j |\n| --- | --- |\n| k | |\n\n\
         ---\n\n![pic](https://example.org/a/p.png)"
    );
}

#[test]
fn plain_text_has_no_marks_and_collapses_white_space() {
    let html = "<h1> A\n b </h1><p>c&nbsp;d <a href=/x>e</a><br>f</p><ol><li>g<li>h</ol><pre>  i\n j</pre>";
    assert_eq!(page(html, Format::Text).body, "A b\n\nc\u{a0}d e\nf\n\n1. g\n2. h\n\n  i\n j");
}

#[test]
fn the_article_is_found_among_what_stands_around_it() {
    let prose =
        "<p>Some prose of the article that is long enough to be taken for prose.</p>".repeat(8);
    let around = "<p>Something long enough that stands around it, an advertisement.</p>";
    let html = format!(
        "<body class='has-sidebar'><header><h1>Site</h1></header><nav><a href=/n>nav</a></nav>\
         <div id=page><div class='side sidebar'>{around}</div><main><h2>Head</h2>{prose}\
         <aside>{around}</aside></main></div><footer>{around}</footer>"
    );
    let page = page(&html, Format::Text);
    assert!(page.body.starts_with("Head\n\nSome prose"), "{}", page.body);
    assert!(!page.body.contains("advertisement") && !page.body.contains("Site"), "{}", page.body);
    assert_eq!(page.links, ["https://example.org/n"]);
}

#[test]
fn a_page_that_is_all_form_or_all_navigation_is_still_read() {
    let prose = "Some prose of the page that is long enough to be taken for prose. ".repeat(4);
    assert!(page(&format!("<form><p>{prose}</p></form>"), Format::Text).body.starts_with("Some"));
    assert_eq!(page("<nav><a href=/x>x</a></nav>", Format::Text).body, "x");
}

#[test]
fn links_are_absolute_of_the_web_without_fragments_and_each_once() {
    let html = "<base href='https://b.example.org/c/'><a href=d#1>1</a><a href='d#2'>2</a><a href='//e.org'>3</a>\
        <a href='mailto:x@y'>4</a><a href='javascript:1'>5</a><a href='data:,x'>6</a><a href='http://'>7</a>";
    assert_eq!(page(html, Format::Text).links, ["https://b.example.org/c/d", "https://e.org/"]);
    let many = numbered(2_000, "<a href=/", ">");
    assert_eq!(page(&many, Format::Text).links.len(), 1_000);
}

#[test]
fn the_title_is_the_pages_own_or_its_first_heading() {
    assert_eq!(page("<title> A &amp;\n b </title><h1>C</h1>", Format::Text).title, "A & b");
    assert_eq!(page("<svg><title>x</title></svg><h1>C <b>d</b></h1>", Format::Text).title, "C d");
    assert_eq!(page("<p>x", Format::Text).title, "");
}

#[test]
fn what_is_not_html_is_shown_as_it_is() {
    let answer = |media: &str| Answer {
        url: Url::parse("https://example.org/").unwrap(),
        media: Some(media.into()),
        coding: None,
        body: b"{\"<b>\": \"\xe9\"}".to_vec(),
    };
    let later = Instant::now() + Duration::from_mins(1);
    let page =
        read(answer("application/ld+json; charset=\"latin1\""), Format::Html, later).unwrap();
    assert_eq!(page.body, "{\"<b>\": \"\u{e9}\"}");
}

proptest! {
    #[test]
    fn no_page_makes_it_panic_and_clean_html_stays_as_it_is(
        html in "(<(/?)(p|div|b|a href=x|ul|li|table|tr|td|pre|code|h1|svg|script|title|span hidden|img alt=y)>|[a-c `*&<>\"]|\u{e9}){0,60}"
    ) {
        for format in [Format::Text, Format::Markdown] {
            page(&html, format);
        }
        let once = page(&html, Format::Html).body;
        prop_assert_eq!(&page(&once, Format::Html).body, &once);
    }
}
