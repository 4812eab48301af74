/// A file of the dashboard as it stands in the binary.
///
/// The list of all, `embedded`, is made at build time from `Dashboard/Assets` by the plugin `EmbedDashboard`.
struct DashboardFile: Sendable {
    /// Within the folder, such as `pages/home.js`.
    let path: String
    /// In base64.
    let plain: String
    /// In base64, of the gzip format.
    let compressed: String
}
