//! The menu: what the platform serves people with, and how each service is described (R-ENT-01, R-ENT-02).
//! The same for everybody.

use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{Edge, Public};

pub(super) fn routes() -> OpenApiRouter<Edge> {
    OpenApiRouter::new().routes(routes!(get_menu))
}

/// What the platform serves people with.
#[derive(Debug, Serialize, ToSchema)]
struct Menu {
    groups: [Group; 1],
}

/// Services that belong together, such as 机动车业务.
#[derive(Debug, Serialize, ToSchema)]
struct Group {
    #[schema(example = "motor_vehicles")]
    id: &'static str,
    name_zh: &'static str,
    name_en: &'static str,
    services: [Service; 1],
}

/// A service, with the description its first visit shows.
#[derive(Debug, Serialize, ToSchema)]
struct Service {
    #[schema(example = "plate_preselection")]
    id: &'static str,
    name_zh: &'static str,
    name_en: &'static str,
    /// What the button says that begins it.
    begin_zh: &'static str,
    begin_en: &'static str,
    description_zh: &'static str,
    description_en: &'static str,
}

/// 机动车业务 → 新车（含新能源汽车）注册登记预选号牌 → 预选号牌 (R-ENT-01); the description is what a
/// first visit shows (R-ENT-02).
const MENU: Menu = Menu {
    groups: [Group {
        id: "motor_vehicles",
        name_zh: "机动车业务",
        name_en: "Motor vehicles",
        services: [Service {
            id: "plate_preselection",
            name_zh: "新车（含新能源汽车）注册登记预选号牌",
            name_en: "Pre-select a plate for a new vehicle (new energy included)",
            begin_zh: "预选号牌",
            begin_en: "Pre-select a plate",
            description_zh: "为本人或本单位名下的新购车辆在互联网上预选号牌号码。\n\
                 一、选择办理注册登记的车管所，阅读并同意业务须知。\n\
                 二、填写车辆识别代号和选号凭证，短信确认后信息不能修改。\n\
                 三、身份验证后自编或随机选号，选定一个号牌号码。\n\
                 四、在期限内携带预选号凭证到车管所办理注册登记；逾期未办理的，将被列入选号黑名单。\n",
            description_en: "Pre-select the number of a plate for a vehicle newly bought in your own or your \
                 organisation's name.\n\
                 1. Choose the office that will register the vehicle; read its notice and agree to it.\n\
                 2. Enter VIN and purchase proof; once confirmed by SMS they cannot be changed.\n\
                 3. After an identity check compose numbers or draw some, and choose one.\n\
                 4. Register the vehicle at the office in time, with the voucher; if you miss the term you are \
                 blacklisted.\n",
        }],
    }],
};

/// Get the menu
///
/// The services there are, with the description a first visit shows.
#[utoipa::path(
    get,
    path = "/api/v1/menu",
    operation_id = "getMenu",
    tag = "offices",
    responses((status = 200, description = "The menu.", body = Menu))
)]
async fn get_menu(State(edge): State<Edge>) -> Public<Menu> {
    edge.public(MENU)
}
