//! The question before settings are put back: the exact calls, and what differs by now, for which the
//! operator decides whether it is written over.

use super::unnamed;
use crate::app::component::{Call, Owner};
use crate::app::confirm::Confirm;
use crate::app::shared::Shared;
use crate::app::time::counted;
use crate::domain::mask::mask;
use crate::domain::mode::Mode;
use crate::systems::gws::SettingKey;
use crate::workflow::forget::restore::session::Restoring;
use crate::workflow::forget::restore::{Now, RestorePlan, Saved};

/// More calls than this do not fit into a question.
const SHOWN_CALLS: usize = 8;
/// More settings that differ than this do not.
const SHOWN_DIFFERING: usize = 3;

/// Shows the exact calls and asks. In a live organisation the number of settings is typed.
pub(super) fn question(restoring: &Restoring, shared: &Shared) -> Confirm {
    let plan = &restoring.plan;
    let (missing, differing) = (plan.count(), plan.left(Now::Differs));
    let live = shared.world.as_ref().is_none_or(|world| world.mode == Mode::Live);
    // Warnings stand first: a small terminal shows only the beginning.
    let mut question = Confirm::new(match missing {
        0 => "Write over these settings?",
        _ => "Put these settings back?",
    });
    if let Some(warning) = restoring.gws.base().warning().filter(|_| live) {
        question = question.line(warning);
    }
    question = question.line("This puts personal data back. Look whether it was deleted for a data subject.");
    if differing > 0 {
        question = differs(question, plan, differing);
    }
    question = question.line(format!(
        "{} through GWS at {}, one at a time, each read again:",
        match missing {
            0 => counted(differing, "setting would be written", "settings would be written"),
            _ => counted(missing, "setting is written", "settings are written"),
        },
        restoring.gws.base().as_str()
    ));
    let calls = plan.settings.iter().filter(|saved| match missing {
        0 => saved.now == Now::Differs,
        _ => saved.chosen,
    });
    question = calls.take(SHOWN_CALLS).fold(question, |question, saved| {
        question.line(format!("  PUT {}", name(saved)))
    });
    let all = if missing == 0 { differing } else { missing };
    if all > SHOWN_CALLS {
        let more = all - SHOWN_CALLS;
        question = question.line(format!("  … and {more} more calls of the same form"));
    }
    question = unnamed(plan).into_iter().fold(question, Confirm::line);
    answers(question, missing, differing, live)
}

/// What differs stands before the calls, with what would be lost by writing over it.
fn differs(question: Confirm, plan: &RestorePlan, differing: usize) -> Confirm {
    let mut question = question.line(format!(
        "{} from what was saved: changed since, or an entry was taken out of it. Writing over it loses what \
         stands there now.",
        counted(differing, "setting differs", "settings differ")
    ));
    for saved in plan.differing().take(SHOWN_DIFFERING) {
        let place = saved.differs_in.join("; ");
        question = question.line(format!("  {} · {place}", name(saved)));
    }
    match differing.saturating_sub(SHOWN_DIFFERING) {
        0 => question,
        more => question.line(format!("  … and {more} more")),
    }
}

fn answers(question: Confirm, missing: usize, differing: usize, live: bool) -> Confirm {
    let typed = |word: &str, count: usize| {
        let text = format!("{word} {count}");
        (format!("\"{text}\""), text)
    };
    let over = live.then(|| typed("overwrite", missing + differing));
    if missing == 0 {
        let question = question
            .called_yes("Yes, write over")
            .then(Call::ConfirmedFurther(Owner::Saves));
        return match over {
            Some((called, text)) => question.demand(called, text),
            None => question,
        };
    }
    let mut question = question.then(Call::Confirmed(Owner::Saves));
    if live {
        let (called, text) = typed("restore", missing);
        question = question.demand(called, text);
    }
    if differing > 0 {
        question = question.called_yes("Yes, what is missing").or_further(
            "Yes, and write over",
            over,
            Call::ConfirmedFurther(Owner::Saves),
        );
    }
    question
}

fn name(saved: &Saved) -> String {
    let key = saved.key.as_ref().map_or("", SettingKey::value);
    format!("{} {}", saved.group.path(), mask(key))
}
