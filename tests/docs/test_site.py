"""The site, the checks before a commit and the locks agree with what they are made of."""

import re
import tomllib

import doc_pages
import pytest
import yaml
from doc_pages import ROOT, leads_somewhere


def _nav(node):
    if isinstance(node, str):
        return [node]
    return [page for one in (node.values() if isinstance(node, dict) else node) for page in _nav(one)]


def _pins(lock):
    return dict(re.findall(r"^([\w.-]+)==([\w.+]+)", (ROOT / lock).read_text(), re.M))


def test_every_page_is_in_the_sites_navigation_once():
    pages = {page.removeprefix("docs/") for page in doc_pages.PAGES if page.startswith("docs/")}
    made = {"contributing.md", "changelog.md"}  # docs/site_hooks.py makes them of the files in the folder above
    text = re.sub(r"!!python\S+", "", (ROOT / "mkdocs.yml").read_text())
    listed = _nav(yaml.safe_load(text)["nav"])
    assert sorted(listed) == sorted(pages | made)


@pytest.mark.parametrize("page", [page for page in doc_pages.PAGES if "\n::: " in doc_pages.text(page)])
def test_what_the_reference_shows_is_there(page):
    shown = re.findall(r"^::: dance3d\.(\S+)$", doc_pages.text(page), re.M)
    assert [name for name in shown if not leads_somewhere("dance3d", name.split("."))] == []


def test_nothing_of_the_site_comes_from_elsewhere():
    text = (ROOT / "mkdocs.yml").read_text()
    assert "font: false" in text and "http" not in text


def test_checks_before_a_commit_are_those_of_make_lint():
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"]
    assert [repo["repo"] for repo in hooks] == ["local"], "tools of elsewhere have versions of their own"
    entries = {hook["entry"].split()[0] for hook in hooks[0]["hooks"]}
    lint = re.search(r"^lint: setup\n\t(.+)$", (ROOT / "Makefile").read_text(), re.M)
    assert entries == {f".venv/bin/{tool}" for tool in re.findall(r"\$\(RUN\)/(\w+)", lint[1])}


def test_the_locks_have_one_version_of_what_both_have():
    ours, docs = _pins("requirements.lock"), _pins("requirements-docs.lock")
    assert {name for name in ours.keys() & docs.keys() if ours[name] != docs[name]} <= {"pymdown-extensions"}


def test_the_locks_have_what_is_asked_for():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    extras = project["project"]["optional-dependencies"]
    asked = [*project["project"]["dependencies"], *extras["train"], *extras["dev"], *extras["trackers"]]
    for wanted, lock in (
        (asked, "requirements.lock"),
        (project["dependency-groups"]["docs"], "requirements-docs.lock"),
    ):
        names = {re.split(r"[\[<>=;~! ]", line)[0].lower() for line in wanted}
        assert names - _pins(lock).keys() - {"torch"} == set(), f"run `make lock`: {lock} is older than pyproject.toml"


def test_the_citation_is_of_this_version():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert citation["version"] == citation["preferred-citation"]["version"] == project["version"]
    assert citation["license"] in project["license"].split(" AND ")  # with those of the nets that ship
    assert [author["name"] for author in citation["authors"]] == [author["name"] for author in project["authors"]]
