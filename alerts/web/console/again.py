"""After a mailing: what was refused, what is unknown, who joined since — looked at first, then pressed."""

from __future__ import annotations

import hashlib
from uuid import UUID

from flask import abort, flash, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as later
from flask_babel import ngettext
from wtforms import BooleanField

from alerts.core.errors import Unknown
from alerts.extensions import current_site, db
from alerts.mailings import again as verbs
from alerts.mailings import joined as joining
from alerts.mailings import unsettled
from alerts.mailings.progress import progress
from alerts.mailings.shifting import Which, hindrance
from alerts.mailings.unsettled import How, UnknownReason
from alerts.organisers import Permission
from alerts.web.access import current_organiser, permission
from alerts.web.console.blueprint import console, page, see
from alerts.web.console.forms import line, needed
from alerts.web.console.launching import LaunchForm

PAGE = 100


class CountForm(LaunchForm):
    """The number of people, typed by the one who presses."""

    confirmed = line(later("Number of people"), "", needed(later("Type the number, as it stands above.")))


class SettleForm(CountForm):
    """The number, and that one will not wait for what the provider may still report."""

    sooner = BooleanField(later("I will not wait: settle them now"))


@console.get("/mailings/<uuid:mailing_id>/refused")
@permission(Permission.LAUNCH)
def refused_people(mailing_id: UUID) -> ResponseReturnValue:
    """What was refused for good and why, each with a way to try it again."""
    now = progress(db.session(), mailing_id)
    groups = verbs.failed(db.session(), current_organiser(), mailing_id)
    return page("mailing_refused.html", now=now, groups=groups, hindrance=hindrance(db.session(), mailing_id))


@console.route("/mailings/<uuid:mailing_id>/again", methods=["GET", "POST"])
@permission(Permission.LAUNCH)
def again(mailing_id: UUID) -> ResponseReturnValue:
    """Say how many and what it means, then try them again: those under one code, or all."""
    actor, now = current_organiser(), progress(db.session(), mailing_id)
    given_up = {"yes": True, "no": False}.get(request.args.get("given_up", ""))
    which = Which(code=request.args.get("code"), given_up=given_up)
    form = CountForm()
    done = form.carry_out(lambda: verbs.retry(db.session(), actor, mailing_id, which, confirmed=form.people))
    if done:
        told = ngettext("%(num)d person is tried again.", "%(num)d people are tried again.", done.value.people)
        flash(told)
        return see("mailing", mailing_id=mailing_id)
    people = verbs.retry_count(db.session(), actor, mailing_id, which)
    return page(
        "mailing_again.html",
        form.status,
        form=form,
        now=now,
        which=which,
        people=people,
        hindrance=hindrance(db.session(), mailing_id),
    )


@console.route("/mailings/<uuid:mailing_id>/joined", methods=["GET", "POST"])
@permission(Permission.LAUNCH)
def joined(mailing_id: UUID) -> ResponseReturnValue:
    """Who joined since the mailing, then the press that sends it to them."""
    actor, now = current_organiser(), progress(db.session(), mailing_id)
    form = CountForm()
    done = form.carry_out(
        lambda: joining.send_to_joined(db.session(), actor, mailing_id, site=current_site(), confirmed=form.people)
    )
    if done:
        flash(_("Launched to those who joined since. The first mails are on their way."))
        return see("mailing", mailing_id=done.value.mailing_id)
    return page(
        "mailing_joined.html",
        form.status,
        form=form,
        now=now,
        audience=joining.joined_since(db.session(), actor, mailing_id),
        hindrance=hindrance(db.session(), mailing_id),
    )


@console.get("/mailings/<uuid:mailing_id>/unknown")
@permission(Permission.LAUNCH)
def unknown_people(mailing_id: UUID) -> ResponseReturnValue:
    """The unknown deliveries, by reason and one by one, each with both ways to settle it."""
    actor, now = current_organiser(), progress(db.session(), mailing_id)
    after = max(0, request.args.get("after", 0, type=int))
    found = unsettled.unknown_rows(db.session(), actor, mailing_id, after=after, limit=PAGE + 1)
    return page(
        "mailing_unknown.html",
        now=now,
        reasons=[(_key(one), one) for one in unsettled.unknown_reasons(db.session(), actor, mailing_id)],
        until=unsettled.reported_until(db.session(), mailing_id, Which()),
        lines=found[:PAGE],
        after=after,
        further=found[PAGE - 1].delivery_id if len(found) > PAGE else None,
        hindrance=hindrance(db.session(), mailing_id),
    )


@console.route("/mailings/<uuid:mailing_id>/settle/<way>", methods=["GET", "POST"])
@permission(Permission.LAUNCH)
def settle(mailing_id: UUID, way: str) -> ResponseReturnValue:
    """Say how many and what it means, then send them again, or count them as handed over."""
    if way not in list(How):
        abort(404)
    actor, how, now = current_organiser(), How(way), progress(db.session(), mailing_id)
    which = _chosen(mailing_id)
    form = SettleForm()
    done = form.carry_out(
        lambda: unsettled.settle(
            db.session(), actor, mailing_id, how, which, confirmed=form.people, sooner=form.sooner.data
        )
    )
    if done:
        flash(_said(how, done.value.people))
        return see("mailing", mailing_id=mailing_id)
    return page(
        "mailing_settle.html",
        form.status,
        form=form,
        now=now,
        resend=how is How.RESEND,
        people=unsettled.settle_count(db.session(), actor, mailing_id, how, which),
        until=unsettled.reported_until(db.session(), mailing_id, which),
        hindrance=hindrance(db.session(), mailing_id) if how is How.RESEND else None,
    )


def _said(how: How, people: int) -> str:
    if how is How.RESEND:
        return str(ngettext("%(num)d person is sent it again.", "%(num)d people are sent it again.", people))
    return str(ngettext("%(num)d person counts as handed over.", "%(num)d people count as handed over.", people))


def _chosen(mailing_id: UUID) -> Which:
    """What the address of the page is about: one delivery, those of one reason, or all."""
    if delivery := request.args.get("delivery", type=int):
        return Which(delivery_id=delivery)
    if not (key := request.args.get("reason")):
        return Which()
    for one in unsettled.unknown_reasons(db.session(), current_organiser(), mailing_id):
        if _key(one) == key:
            return one.which
    raise Unknown(_("Nothing is unknown for this reason any more: it was settled meanwhile."))


def _key(reason: UnknownReason) -> str:
    """A name for the reason in an address: a provider's own words may hold what belongs into no log."""
    return hashlib.sha256(f"{reason.code}\n{reason.reason}".encode()).hexdigest()[:12]
