/// A page: a struct of plain values with the template that sets it.
macro_rules! page {
    (
        $(#[$of_page:meta])*
        $name:literal => $seen:vis struct $page:ident {
            $($(#[$of_field:meta])* $field_seen:vis $field:ident: $type:ty,)*
        }
    ) => {
        $(#[$of_page])*
        #[derive(Debug, askama::Template, serde::Serialize)]
        #[template(path = $name)]
        $seen struct $page {
            $($(#[$of_field])* $field_seen $field: $type,)*
        }

        impl crate::templates::Page for $page {
            const NAME: &'static str = $name;
        }
    };
}

pub(crate) use page;
