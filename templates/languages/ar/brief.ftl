read-on = تابع القراءة
read-also = اقرأ أيضًا
must-read = لا تفوّت قراءته
sponsored = محتوى مموَّل
coming-up = مواعيد قادمة
view-online = عرض على الويب
preferences = التفضيلات
unsubscribe = إلغاء الاشتراك

edition-number = العدد { $number }

brief-title = { $newsletter }، { $date }

promise = { $stories }، { $minutes }

by = بقلم { $names }
by-many =
    { $n ->
        [two] بقلم { $first } و{ $second } واثنين آخرين
       *[other] بقلم { $first } و{ $second } و{ number } آخرين
    }

also-on = أيضًا على { $platforms }

coming = { $newsletter } { $often }

why-at-site = تصلك نشرة { $coming } لأنك اشتركت فيها عبر موقع { $site } بتاريخ { $date }.
why-with-publisher = تصلك نشرة { $coming } لأنك اشتركت فيها لدى { $publisher } بتاريخ { $date }.

get-newsletter = الاشتراك في نشرة { $coming }
