//! The command line.

use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};

/// 本机运行整个选号平台 · The whole platform on this machine
#[derive(Debug, Parser)]
#[command(name = "xuanhao-local", version)]
pub(crate) struct Arguments {
    /// xuanhao 与 xuanctl 所在文件夹 · Folder of the programs; else those beside this one
    #[arg(long, global = true, value_name = "FOLDER")]
    pub(crate) bin_dir: Option<PathBuf>,
    /// up、down、reset 的数据文件夹 · Data folder of up, down and reset; else one per user and checkout
    #[arg(long, global = true, value_name = "FOLDER")]
    pub(crate) data: Option<PathBuf>,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Clone, Copy, Subcommand)]
pub(crate) enum Command {
    /// 全新数据上完整预选两次，然后停止 · Two whole pre-selections on fresh data, then a clean stop
    Demo {
        /// 按哪一套政策演示 · The policies it shows
        #[arg(long, value_name = "NAME", default_value = "guangdong-2023")]
        preset: Preset,
    },
    /// 启动并一直运行，直到 Ctrl-C；数据保留 · Start and serve until Ctrl-C; data is kept
    Up {
        /// 号池副本数 · Processes of the pool, of which each office has one that writes
        #[arg(long, value_name = "COUNT", default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=5))]
        pool_replicas: u8,
    },
    /// 供程序试验：输出一行 JSON，标准输入关闭即停止 · For tests in a browser: tells its addresses in one
    /// line of JSON, and ends when its input does
    Lab {
        /// 按哪一套政策 · The policies
        #[arg(long, value_name = "NAME", default_value = "guangdong-2023")]
        preset: Preset,
    },
    /// 停止正在运行的平台 · End a running one
    Down,
    /// 停止并删除数据 · End it and drop its data
    Reset,
}

/// Which office's day is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Preset {
    /// 湛江、茂名 2023：随机与自编 · Zhanjiang and Maoming: by draw and by wish
    #[value(name = "guangdong-2023")]
    Guangdong2023,
    /// 唐山 2016：面签到登记，逾期到申诉 · Tangshan: from enrolment to registration, and to an appeal
    #[value(name = "hebei-2016")]
    Hebei2016,
}
