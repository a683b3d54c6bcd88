//! Fills a platform as its operators would: through `xuanctl`, each as the member of staff who may.

mod command;
mod documents;
mod numbers;

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};
use uuid::Uuid;
use xuanhao_servers::secret;
use xuanhao_vocabulary::PlateNumber;

use crate::PROVINCES;
use crate::journal::Journal;
use crate::platform::Platform;
use crate::staff::{self, Staff};

use command::{REASON, member, run, words};
pub use numbers::{Segment, free_numbers, used_numbers};

/// An office that is filled, and with what.
#[derive(Debug, Clone, Copy)]
pub struct SeededOffice {
    /// Its id.
    pub office: &'static str,
    /// The preset whose rules it selects by.
    pub preset: &'static str,
    /// What is released, the first segment with used numbers in it.
    pub segments: &'static [Segment],
    /// How many numbers of the first segment are in use already.
    pub used: u64,
}

/// Zhanjiang and Maoming as in 2023, Tangshan as in 2016.
pub const OFFICES: [SeededOffice; 3] = [
    SeededOffice {
        office: "gd-zhanjiang",
        preset: "guangdong-2023",
        segments: &[
            Segment::small("粤G", "LDDDL"),
            Segment::new_energy("粤G", "[D]DDDDD"),
        ],
        used: 3_000,
    },
    SeededOffice {
        office: "gd-maoming",
        preset: "guangdong-2023",
        segments: &[
            Segment::small("粤K", "LDLDD"),
            Segment::new_energy("粤K", "[D]DDDDD"),
        ],
        used: 3_000,
    },
    SeededOffice {
        office: "he-tangshan",
        preset: "hebei-2016",
        // 数字+数字+字母(A或B)+字母+数字: the first numbers of Tangshan, 48,000.
        segments: &[Segment::small("冀B", "DD[AB]LD")],
        used: 2_000,
    },
];

/// The office of an issuing code in [`OFFICES`].
#[must_use]
pub fn office_of(code: &str) -> Option<&'static SeededOffice> {
    static ALL: [SeededOffice; 3] = OFFICES;
    ALL.iter().find(|office| office.segments[0].code == code)
}

/// Fills the platform, and goes on where an earlier run ended: staff, calendars, policies, notices,
/// service points, numbers. Each step is done once; the public values are those of today and tomorrow.
///
/// # Errors
/// The first step that fails, with what `xuanctl` said.
pub fn fill(platform: &Platform, say: impl Fn(&str)) -> Result<()> {
    let mut seed = Seed {
        platform,
        journal: Journal::open(platform.folders().journal())?,
    };
    say("staff");
    seed.add_staff()?;
    say("calendars, policies, notices");
    seed.apply_documents()?;
    say("service points");
    seed.add_service_points()?;
    for office in &OFFICES {
        say(&format!("numbers of {}", office.office));
        seed.release(office)?;
    }
    say("public values");
    seed.fix_public_values()
}

/// Fixes the public values of today and tomorrow where that was not done, so that drawing stays open
/// over midnight.
///
/// # Errors
/// When `xuanctl` fails.
pub fn open_drawing(platform: &Platform) -> Result<()> {
    let journal = Journal::open(platform.folders().journal())?;
    Seed { platform, journal }.fix_public_values()
}

struct Seed<'a> {
    platform: &'a Platform,
    journal: Journal,
}

impl Seed<'_> {
    fn add_staff(&mut self) -> Result<()> {
        self.take_over(Staff::Administrator)?;
        for who in [Staff::Operator, Staff::Officer, Staff::Reviewer] {
            self.platform.sign_in(Staff::Administrator)?;
            let added = self.add(who)?;
            for province in &PROVINCES[1..] {
                let grant = format!("{}@{province}", who.role());
                self.once(&format!("grant {grant}"), Staff::Administrator, |id| {
                    words(&["staff", "grant", &added, &grant, "--reason", REASON], id)
                })?;
            }
            self.take_over(who)?;
        }
        Ok(())
    }

    /// Adds a member; the answer is the staff id.
    fn add(&mut self, who: Staff) -> Result<String> {
        let passwords = staff::passwords(self.platform.folders(), who)?;
        let grant = format!("{}@{}", who.role(), PROVINCES[0]);
        let initial = passwords.initial.display().to_string();
        let answer = self.once(&format!("add {who}"), Staff::Administrator, |id| {
            words(
                &[
                    "staff",
                    "add",
                    who.login_name(),
                    "--full-name",
                    who.full_name(),
                    "--initial-password-file",
                    &initial,
                    "--grant",
                    &grant,
                    "--reason",
                    REASON,
                ],
                id,
            )
        })?;
        member(&answer, "staff_id")
    }

    /// Replaces the initial password at the first sign-in.
    fn take_over(&mut self, who: Staff) -> Result<()> {
        let passwords = staff::passwords(self.platform.folders(), who)?;
        let (initial, own) = (
            passwords.initial.display().to_string(),
            passwords.own.display().to_string(),
        );
        let name = format!("own password of {who}");
        if self.journal.is_done(&name) {
            return Ok(());
        }
        let platform = self.platform;
        self.journal.once(&name, |id| {
            let sign_in = [
                "staff",
                "sign-in",
                who.login_name(),
                "--password-file",
                &initial,
            ];
            platform.xuanctl(who, &sign_in)?;
            let arguments = words(
                &[
                    "staff",
                    "change-password",
                    "--current-password-file",
                    &initial,
                    "--new-password-file",
                    &own,
                ],
                id,
            );
            run(platform, who, &arguments)
        })?;
        Ok(())
    }

    fn apply_documents(&mut self) -> Result<()> {
        let folder = self.platform.folders().staff("documents");
        fs::create_dir_all(&folder).with_context(|| format!("making {}", folder.display()))?;
        for (name, text) in documents::PRESETS {
            write(&folder.join(documents::file_of(name)), text)?;
        }
        write(
            &folder.join(documents::POOL_RULES_FILE),
            documents::POOL_RULES,
        )?;
        for document in documents::all(self.platform.today()?)? {
            let path = folder.join(format!("{}.yaml", document.name));
            write(&path, &document.yaml)?;
            let file = path.display().to_string();
            let step = format!("apply {}", document.name);
            self.once(&step, Staff::Operator, |id| {
                words(&["apply", "--file", &file, "--reason", REASON], id)
            })?;
        }
        Ok(())
    }

    /// A window at each office, and for Tangshan a brigade too (R-ACC-02).
    fn add_service_points(&mut self) -> Result<()> {
        let windows = OFFICES.map(|seeded| (seeded.office, "office_window", "互联网业务受理窗口"));
        let brigade = ("he-tangshan", "police_brigade", "路北交警大队受理窗口");
        for (office, kind, name) in windows.into_iter().chain([brigade]) {
            self.once(&format!("{kind} of {office}"), Staff::Operator, |id| {
                let place = ["service-point", "add", "--office", office, "--kind", kind];
                let called = ["--name", name, "--address", "本机演示地址1号"];
                let why = ["--reason", REASON];
                words(&[&place[..], &called, &why].concat(), id)
            })?;
        }
        Ok(())
    }

    fn release(&mut self, seeded: &SeededOffice) -> Result<()> {
        let office = seeded.office;
        let segments: Vec<String> = seeded.segments.iter().map(Segment::word).collect();
        let added = self.once(&format!("batch of {office}"), Staff::Operator, |id| {
            let mut all = words(
                &[
                    "batch",
                    "add",
                    "--office",
                    office,
                    "--name",
                    "首批号段",
                    "--reason",
                    REASON,
                ],
                id,
            );
            for segment in &segments {
                all.extend(["--segment".to_owned(), segment.clone()]);
            }
            all
        })?;
        let batch = member(&added, "batch_id")?;
        let used = used_numbers(seeded)?;
        let path = self.platform.folders().staff(&format!("used-{office}.csv"));
        write(&path, &csv(&used))?;
        let file = path.display().to_string();
        // Chunks are numbered, so that a repeat is harmless; it takes no request id.
        self.once(&format!("import of {office}"), Staff::Operator, |_| {
            ["batch", "import", &batch, &file, "--office", office]
                .map(str::to_owned)
                .to_vec()
        })?;
        let expected = used.len().to_string();
        self.once(
            &format!("closed import of {office}"),
            Staff::Operator,
            |id| {
                let close = [
                    "batch",
                    "close",
                    &batch,
                    "--expected",
                    &expected,
                    "--office",
                    office,
                ];
                words(&[&close[..], &["--reason", REASON]].concat(), id)
            },
        )?;
        self.once(&format!("release of {office}"), Staff::Operator, |id| {
            words(
                &[
                    "batch", "release", &batch, "--office", office, "--reason", REASON,
                ],
                id,
            )
        })?;
        Ok(())
    }

    fn fix_public_values(&mut self) -> Result<()> {
        let today = self.platform.today()?;
        for day in [today, today.tomorrow()?] {
            for seeded in &OFFICES {
                let office = seeded.office;
                // A real office takes the first lottery numbers of the day, or the like.
                let value = secret()?;
                self.once(
                    &format!("public value of {office} for {day}"),
                    Staff::Operator,
                    |id| {
                        let day = day.to_string();
                        let source = "random bytes of this machine; a local platform only";
                        words(
                            &[
                                "public-value",
                                "fix",
                                "--office",
                                office,
                                "--day",
                                &day,
                                "--value",
                                &value,
                                "--source",
                                source,
                            ],
                            id,
                        )
                    },
                )?;
            }
        }
        Ok(())
    }

    /// Runs a command once, as a member of staff who is signed in anew when need be.
    fn once(
        &mut self,
        name: &str,
        who: Staff,
        arguments: impl FnOnce(Uuid) -> Vec<String>,
    ) -> Result<String> {
        let platform = self.platform;
        self.journal
            .once(name, |id| {
                let arguments = arguments(id);
                let first = run(platform, who, &arguments);
                // The session of an earlier run may have ended since.
                first.or_else(|_| {
                    platform.sign_in(who)?;
                    run(platform, who, &arguments)
                })
            })
            .with_context(|| format!("seeding: {name}"))
    }
}

fn write(path: &Path, text: &str) -> Result<()> {
    fs::write(path, text).with_context(|| format!("writing {}", path.display()))
}

fn csv(numbers: &[PlateNumber]) -> String {
    let mut text = String::from("plate\n");
    for number in numbers {
        text.push_str(&format!("{number}\n"));
    }
    text
}
